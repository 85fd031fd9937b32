import { render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { LeftPage } from '../../src/app/pages/LeftPage';

describe('the page after a meeting', () => {
  it('says why coming back failed', () => {
    const actions = { onRejoin: vi.fn(), onGoHome: vi.fn() };
    render(<LeftPage endedBy={null} isRejoining={false} rejoinError="room_full" {...actions} />);

    expect(screen.getByRole('alert').textContent).toContain('full');
    expect(screen.getByRole('button', { name: 'Rejoin' })).toBeTruthy();
  });
});
