/** The meeting screen: composes stage, panels and bar. Which panel is open, what is pinned and what is seen live here. */
import { useCallback, useMemo, useState } from 'react';
import { AloneCard } from '../../features/invite/AloneCard';
import { InviteDialog } from '../../features/invite/InviteDialog';
import { ChatPanel } from '../../features/chat/ChatPanel';
import { ConnectionBanner } from '../../features/connection/ConnectionBanner';
import { HearButton } from '../../features/connection/HearButton';
import { ControlBar } from '../../features/controls/ControlBar';
import { ShortcutsDialog } from '../../features/controls/ShortcutsDialog';
import { useMeetingShortcuts } from '../../features/controls/useMeetingShortcuts';
import { LogDialog } from '../../features/log/LogDialog';
import { PeoplePanel } from '../../features/people/PeoplePanel';
import { ShareBanner } from '../../features/share/ShareBanner';
import { Stage } from '../../features/stage/Stage';
import { t } from '../../i18n';
import type { Placed } from '../../layout/stage';
import { wishes } from '../../layout/wanted';
import { roomLink } from '../../lib/basePath';
import { createChatMemory, useUnread } from '../../session/chat';
import { useMeeting } from '../../session/RoomContext';
import { createTileSelector } from '../../session/stageTiles';
import { WantedVideo } from '../../session/WantedVideo';
import { MeetingTile } from './MeetingTile';
import { useFullScreen } from './useFullScreen';
import { useMeetingToasts } from './useMeetingToasts';
import { usePanel } from './usePanel';
import styles from './Meeting.module.css';

export interface MeetingProps {
  readonly slug: string;
  readonly onLeave: () => void;
  readonly onRejoin: () => void;
}

/** The plate of a narrower tile cuts an ordinary name with "(you)" behind it. */
const NAMED_WIDTH = 264;

type DialogName = 'invite' | 'shortcuts' | 'log';

export function Meeting({ slug, onLeave, onRejoin }: MeetingProps) {
  const [selectTiles] = useState(createTileSelector);
  const tiles = useMeeting(selectTiles);
  const [pinnedId, setPinnedId] = useState<string | null>(null);
  const [placed, setPlaced] = useState<readonly Placed[]>([]);
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const [memory] = useState(createChatMemory);
  const { panel, togglePanel, closePanel } = usePanel();
  const fullScreen = useFullScreen();
  const unread = useUnread(memory, panel === 'chat');
  const connection = useMeeting((state) => state.connection);
  const wanted = useMemo(() => wishes(placed, window.devicePixelRatio), [placed]);
  const link = roomLink(slug);
  const closeDialog = () => setDialog(null);
  const openInvite = () => setDialog('invite');

  useMeetingShortcuts({
    onPanel: togglePanel,
    onShortcuts: () => setDialog('shortcuts'),
    onFullScreen: fullScreen.toggle,
  });
  useMeetingToasts(panel === 'chat', () => togglePanel('chat'));

  const focusId = focusOf(tiles, pinnedId);
  const renderTile = useCallback(
    (tile: Placed) => (
      <MeetingTile
        id={tile.id}
        isSmall={tile.rect.width < NAMED_WIDTH}
        isPinned={tile.id === pinnedId}
        canPin={tiles.length > 2 && tile.role !== 'self'}
        onPin={() => setPinnedId((old) => (old === tile.id ? null : tile.id))}
      />
    ),
    [pinnedId, tiles.length],
  );

  return (
    <div className={styles.meeting} data-idle={fullScreen.isIdle || undefined}>
      <WantedVideo wishes={wanted} />
      <div className={styles.middle}>
        <main className={styles.main}>
          <h1 className="sf-visually-hidden">{t('stage.label')}</h1>
          <ShareBanner />
          <div
            className={styles.stage}
            data-dimmed={connection === 'reconnecting' || connection === 'media-lost' || undefined}
          >
            <Stage
              label={t('stage.label')}
              tiles={tiles}
              focusId={focusId}
              isRightToLeft={document.documentElement.dir === 'rtl'}
              renderTile={renderTile}
              onArranged={setPlaced}
            />
            {tiles.length === 1 && <AloneCard link={link} onShowCode={openInvite} />}
          </div>
          <ConnectionBanner onRejoin={onRejoin} />
          <HearButton />
        </main>
        {panel !== null && (
          <div className={styles.panel}>
            {panel === 'people' ? (
              <PeoplePanel onClose={closePanel} onInvite={openInvite} />
            ) : (
              <ChatPanel memory={memory} onClose={closePanel} />
            )}
          </div>
        )}
      </div>
      <ControlBar
        panel={panel}
        unread={unread}
        isFullScreen={fullScreen.isOn}
        onPanel={togglePanel}
        onLeave={onLeave}
        onInvite={openInvite}
        onShortcuts={() => setDialog('shortcuts')}
        onLog={() => setDialog('log')}
        onFullScreen={fullScreen.toggle}
      />
      <InviteDialog link={link} isOpen={dialog === 'invite'} onClose={closeDialog} />
      <ShortcutsDialog isOpen={dialog === 'shortcuts'} onClose={closeDialog} />
      <LogDialog isOpen={dialog === 'log'} onClose={closeDialog} />
    </div>
  );
}

/** A pin is the person's own choice and beats a share; a share takes the stage by itself. */
function focusOf(
  tiles: readonly { readonly id: string }[],
  pinnedId: string | null,
): string | null {
  if (tiles.some((tile) => tile.id === pinnedId)) return pinnedId;
  return tiles.find((tile) => tile.id.endsWith('/screen'))?.id ?? null;
}
