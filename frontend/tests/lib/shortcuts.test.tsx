import { fireEvent, render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { useShortcuts } from '../../src/lib/shortcuts';

function Page({ onMute, isEnabled = true }: { onMute: () => void; isEnabled?: boolean }) {
  useShortcuts({ m: onMute }, isEnabled);
  return (
    <>
      <input aria-label="field" />
      <div role="menu">
        <button>item</button>
      </div>
      <button>plain</button>
    </>
  );
}

describe('single-key shortcuts', () => {
  it('work from anywhere on the page', () => {
    const onMute = vi.fn();
    render(<Page onMute={onMute} />);

    fireEvent.keyDown(screen.getByText('plain'), { key: 'm' });
    fireEvent.keyDown(document.body, { key: 'M' });

    expect(onMute).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['while somebody types', () => screen.getByLabelText('field'), {}],
    ['inside an open menu', () => screen.getByText('item'), {}],
    ['with Control held', () => document.body, { ctrlKey: true }],
    ['while the key repeats', () => document.body, { repeat: true }],
  ])('are inert %s', (_, target, modifiers) => {
    const onMute = vi.fn();
    render(<Page onMute={onMute} />);

    fireEvent.keyDown(target(), { key: 'm', ...modifiers });

    expect(onMute).not.toHaveBeenCalled();
  });

  it('can be turned off', () => {
    const onMute = vi.fn();
    render(<Page onMute={onMute} isEnabled={false} />);

    fireEvent.keyDown(document.body, { key: 'm' });

    expect(onMute).not.toHaveBeenCalled();
  });
});
