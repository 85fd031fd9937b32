/** There is no such room, or it cannot be entered: what happened and the next step. */
import { useState } from 'react';
import { t } from '../../i18n';
import { errorText } from '../../i18n/errors';
import { ApiError, createRoom } from '../../session/api';
import type { RoomLookup } from '../../session/useRoomInfo';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';

export interface RoomProblemProps {
  readonly slug: string;
  readonly lookup: Extract<RoomLookup, { kind: 'missing' | 'failed' }>;
  readonly onRetry: () => void;
  readonly onOpenRoom: (slug: string) => void;
  readonly onGoHome: () => void;
}

export function RoomProblem({ slug, lookup, onRetry, onOpenRoom, onGoHome }: RoomProblemProps) {
  const [isCreating, setCreating] = useState(false);
  const [failedWith, setFailedWith] = useState<string | null>(null);

  const create = async () => {
    setCreating(true);
    try {
      // The new room has an address of its own: the server makes it hard to guess.
      const room = await createRoom(slug);
      onOpenRoom(room.slug);
    } catch (error) {
      setFailedWith(error instanceof ApiError ? error.code : 'internal');
    } finally {
      setCreating(false);
    }
  };

  const home = <Button onClick={onGoHome}>{t('action.goHome')}</Button>;
  if (lookup.kind === 'missing' && failedWith === null) {
    return (
      <Notice title={t('room.missing', { name: slug })} text={t('room.missingText')}>
        <Button variant="primary" isPending={isCreating} onClick={() => void create()}>
          {t('room.create')}
        </Button>
        {home}
      </Notice>
    );
  }
  const code = failedWith ?? (lookup.kind === 'failed' ? lookup.code : 'internal');
  return (
    <Notice title={t('room.failed')} text={errorText(code)} code={code}>
      <Button variant="primary" onClick={onRetry}>
        {t('action.tryAgain')}
      </Button>
      {home}
    </Notice>
  );
}
