/** The one line of controls: where I am, what I send, how I leave, what else there is. Presentation over the session. */
import { MessageSquare, Phone, Users } from 'lucide-react';
import { t } from '../../i18n';
import { useMedia, PHONE } from '../../lib/useMedia';
import { useMeeting } from '../../session/RoomContext';
import { IconButton } from '../../ui/IconButton';
import { DeviceControls } from './DeviceControls';
import { MoreMenu, type MoreActions } from './MoreMenu';
import { RoomClock } from './RoomClock';
import { ShareButton } from './ShareButton';
import styles from './ControlBar.module.css';

export type PanelName = 'people' | 'chat';

export interface ControlBarProps extends MoreActions {
  readonly panel: PanelName | null;
  readonly unread: number;
  readonly onPanel: (panel: PanelName) => void;
  readonly onLeave: () => void;
}

export function ControlBar(props: ControlBarProps) {
  const { panel, unread, onPanel, onLeave, ...more } = props;
  const isPhone = useMedia(PHONE);
  const people = useMeeting((state) => state.order.length);
  const chat = (
    <IconButton
      icon={MessageSquare}
      size="bar"
      tone={panel === 'chat' ? 'active' : isPhone ? 'filled' : 'plain'}
      label={unread > 0 ? t('control.chatUnread', { count: unread }) : t('control.chat')}
      shortcut="c"
      badge={unread}
      aria-pressed={panel === 'chat'}
      data-opens="chat"
      onClick={() => onPanel('chat')}
    />
  );
  const leave = (
    <IconButton
      icon={Phone}
      size="bar"
      tone="danger"
      className={styles.leave}
      label={t('control.leave')}
      onClick={onLeave}
    />
  );
  if (isPhone) {
    return (
      <footer>
        <div className={styles.bar} aria-label={t('control.bar')} role="toolbar">
          <div className={styles.thumb}>
            <DeviceControls />
            {chat}
            <MoreMenu {...more} isPhone onPeople={() => onPanel('people')} />
            {leave}
          </div>
        </div>
      </footer>
    );
  }
  return (
    <footer>
      <div className={styles.bar} aria-label={t('control.bar')} role="toolbar">
        <div className={styles.start}>
          <RoomClock />
        </div>
        <div className={styles.middle}>
          <DeviceControls />
          <ShareButton />
          {leave}
        </div>
        <div className={styles.end}>
          <IconButton
            icon={Users}
            size="bar"
            tone={panel === 'people' ? 'active' : 'plain'}
            label={t('control.peopleCount', { count: people })}
            hint={t('control.people')}
            shortcut="p"
            badge={people}
            badgeTone="count"
            aria-pressed={panel === 'people'}
            data-opens="people"
            onClick={() => onPanel('people')}
          />
          {chat}
          <MoreMenu {...more} isPhone={false} onPeople={() => onPanel('people')} />
        </div>
      </div>
    </footer>
  );
}
