import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { listPeople } from '../../src/features/people/listPeople';
import { PeoplePanel } from '../../src/features/people/PeoplePanel';
import { meetingWith, person, renderInMeeting } from '../meetingRoom';

describe('the people panel', () => {
  it('lists oneself first, then the others by arrival', () => {
    const room = meetingWith(
      person('b', { displayName: 'Bob' }),
      person('a', { displayName: 'Alan' }),
    );
    renderInMeeting(room, <PeoplePanel onClose={vi.fn()} onInvite={vi.fn()} />);

    const rows = screen.getAllByRole('listitem').map((row) => row.textContent);

    expect(rows[0]).toContain('Ada Lovelace (you)');
    expect(rows[1]).toContain('Bob');
    expect(rows[2]).toContain('Alan');
  });

  it('says in words who is muted', () => {
    const room = meetingWith(person('b', { displayName: 'Bob', producers: [] }));
    renderInMeeting(room, <PeoplePanel onClose={vi.fn()} onInvite={vi.fn()} />);

    const row = screen.getAllByRole('listitem')[1]!;

    expect(within(row).getByText('Muted')).toBeTruthy();
    expect(within(row).getByText('Camera off')).toBeTruthy();
  });

  it('finds people by part of their name once there are many', async () => {
    const many = Array.from({ length: 12 }, (_, index) =>
      person(`p${index}`, { displayName: `Guest ${index}` }),
    );
    const room = meetingWith(...many, person('z', { displayName: 'Zoë Quinn' }));
    renderInMeeting(room, <PeoplePanel onClose={vi.fn()} onInvite={vi.fn()} />);

    await userEvent.setup().type(screen.getByRole('searchbox'), 'zoe');

    expect(screen.getAllByRole('listitem')).toHaveLength(1);
  });

  it('leaves out people whose entry has not arrived yet', () => {
    expect(listPeople(new Map(), ['ghost'], 'me', '')).toEqual([]);
  });
});
