/** After the meeting: why it ended, and the two ways on. */
import { LogIn } from 'lucide-react';
import { t, type MessageKey } from '../../i18n';
import { errorText } from '../../i18n/errors';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import { useTheme } from '../theme';

export interface LeftPageProps {
  /** The server's reason, or null after leaving oneself. */
  readonly endedBy: string | null;
  readonly isRejoining: boolean;
  /** Why the last attempt to come back failed, or null. */
  readonly rejoinError?: string | null;
  readonly onRejoin: () => void;
  readonly onGoHome: () => void;
}

const WORDS: Readonly<Record<string, readonly [MessageKey, MessageKey]>> = {
  duplicate: ['ended.duplicate', 'ended.duplicateText'],
  room_closed: ['ended.room_closed', 'ended.room_closedText'],
  removed: ['ended.removed', 'ended.removedText'],
  token_expired: ['ended.token_expired', 'ended.token_expiredText'],
};

export function LeftPage(props: LeftPageProps) {
  const { endedBy, isRejoining, rejoinError = null, onRejoin, onGoHome } = props;
  useTheme(false);
  const known = endedBy === null ? undefined : WORDS[endedBy];
  const reason =
    endedBy === null
      ? { title: t('left.title') }
      : known === undefined
        ? {
            title: t('ended.other'),
            text: errorText(endedBy),
            code: endedBy,
          }
        : { title: t(known[0]), text: t(known[1]) };
  const words =
    rejoinError === null ? reason : { ...reason, text: errorText(rejoinError), code: rejoinError };
  return (
    <Notice {...words}>
      {endedBy !== 'removed' && endedBy !== 'room_closed' && (
        <Button variant="primary" icon={LogIn} isPending={isRejoining} onClick={onRejoin}>
          {t('action.rejoin')}
        </Button>
      )}
      <Button onClick={onGoHome}>{t('action.goHome')}</Button>
    </Notice>
  );
}
