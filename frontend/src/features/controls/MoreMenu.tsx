/** What is needed now and then. On a phone it also holds what the bar of five has no room for. */
import {
  Ellipsis,
  Keyboard,
  Maximize,
  Minimize,
  MonitorUp,
  MonitorX,
  ScrollText,
  UserPlus,
  Users,
} from 'lucide-react';
import { t } from '../../i18n';
import { canShareScreen, toggleScreen } from '../../session/screen';
import { useStore } from '../../lib/store';
import { useSource } from '../../session/devices';
import { preferences, savePreferences, type ThemeChoice } from '../../session/preferences';
import { useMeeting, useRoom } from '../../session/RoomContext';
import { IconButton } from '../../ui/IconButton';
import { Menu, MenuChoices, MenuItem, MenuNote, MenuSeparator } from '../../ui/Menu';

export interface MoreActions {
  readonly isFullScreen: boolean;
  readonly onInvite: () => void;
  readonly onShortcuts: () => void;
  readonly onLog: () => void;
  readonly onFullScreen: () => void;
}

export interface MoreMenuProps extends MoreActions {
  readonly isPhone: boolean;
  readonly onPeople: () => void;
}

export function MoreMenu(props: MoreMenuProps) {
  const { isPhone, isFullScreen, onPeople, onInvite, onShortcuts, onLog, onFullScreen } = props;
  const name = useMeeting((state) => state.room?.name ?? '');
  return (
    <Menu
      align="end"
      trigger={
        <IconButton
          icon={Ellipsis}
          size="bar"
          tone={isPhone ? 'filled' : 'plain'}
          label={t('control.more')}
          data-opens="more"
        />
      }
    >
      {isPhone && <MenuNote>{name}</MenuNote>}
      {isPhone && (
        <MenuItem icon={Users} onSelect={onPeople}>
          {t('control.people')}
        </MenuItem>
      )}
      {isPhone && canShareScreen && <ShareItem />}
      <MenuItem icon={UserPlus} onSelect={onInvite}>
        {t('invite.title')}
      </MenuItem>
      {document.fullscreenEnabled && (
        <MenuItem icon={isFullScreen ? Minimize : Maximize} hint="F" onSelect={onFullScreen}>
          {t(isFullScreen ? 'control.fullScreenExit' : 'control.fullScreen')}
        </MenuItem>
      )}
      <MenuItem icon={ScrollText} onSelect={onLog}>
        {t('log.title')}
      </MenuItem>
      {!isPhone && (
        <MenuItem icon={Keyboard} hint="?" onSelect={onShortcuts}>
          {t('shortcuts.title')}
        </MenuItem>
      )}
      <MenuSeparator />
      <ThemeChoices />
    </Menu>
  );
}

function ThemeChoices() {
  const { theme } = useStore(preferences);
  return (
    <MenuChoices
      label={t('theme.label')}
      value={theme === 'auto' ? 'dark' : theme}
      choices={[
        { value: 'dark', label: t('theme.dark') },
        { value: 'light', label: t('theme.light') },
        { value: 'system', label: t('theme.system') },
      ]}
      onChange={(value) => savePreferences({ theme: value as ThemeChoice })}
    />
  );
}

function ShareItem() {
  const { local } = useRoom();
  const isSharing = useSource(local.screen).status === 'on';
  return (
    <MenuItem icon={isSharing ? MonitorX : MonitorUp} onSelect={() => toggleScreen(local)}>
      {t(isSharing ? 'control.shareStop' : 'control.share')}
    </MenuItem>
  );
}
