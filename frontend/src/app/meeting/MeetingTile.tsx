/** The tile for an id: a person or a screen. */
import { memo } from 'react';
import { PersonTile } from '../../features/tiles/PersonTile';
import { ScreenTile } from '../../features/tiles/ScreenTile';
import { tileSource } from '../../session/stageTiles';

export interface MeetingTileProps {
  readonly id: string;
  readonly isSmall: boolean;
  readonly isPinned: boolean;
  readonly canPin: boolean;
  readonly onPin: () => void;
}

export const MeetingTile = memo(
  function MeetingTile({ id, ...tile }: MeetingTileProps) {
    const { participantId, source } = tileSource(id);
    if (source === 'screen') return <ScreenTile participantId={participantId} />;
    return <PersonTile participantId={participantId} {...tile} />;
  },
  // `onPin` is a new function on each render but always means the same for the same id.
  (a, b) =>
    a.id === b.id && a.isSmall === b.isSmall && a.isPinned === b.isPinned && a.canPin === b.canPin,
);
