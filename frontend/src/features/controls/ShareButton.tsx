/** Starts and stops sharing the screen; absent where the browser cannot. */
import { MonitorUp, MonitorX } from 'lucide-react';
import { t } from '../../i18n';
import { canShareScreen, toggleScreen } from '../../session/screen';
import { useSource } from '../../session/devices';
import { useMayPublish, useRoom } from '../../session/RoomContext';
import { IconButton } from '../../ui/IconButton';

export function ShareButton() {
  const { local } = useRoom();
  const { status } = useSource(local.screen);
  const isAllowed = useMayPublish('screen');
  if (!canShareScreen || !isAllowed) return null;
  const isSharing = status === 'on';
  return (
    <IconButton
      size="bar"
      tone={isSharing ? 'active' : 'filled'}
      icon={isSharing ? MonitorX : MonitorUp}
      label={t('control.share')}
      hint={t(isSharing ? 'control.shareStop' : 'control.share')}
      aria-pressed={isSharing}
      isPending={status === 'starting'}
      onClick={() => toggleScreen(local)}
    />
  );
}
