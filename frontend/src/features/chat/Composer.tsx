/** Where a message is written. Enter sends, Shift+Enter breaks the line; the draft outlives the panel. */
import { SendHorizontal } from 'lucide-react';
import { useEffect, useRef, type KeyboardEvent } from 'react';
import { t } from '../../i18n';
import { useStore, type WritableStore } from '../../lib/store';
import { IconButton } from '../../ui/IconButton';
import styles from './Composer.module.css';

export interface ComposerProps {
  readonly draft: WritableStore<string>;
  readonly onSend: (text: string) => void;
}

const TEXT_MAX = 4000; // protocol: send-chat

export function Composer({ draft, onSend }: ComposerProps) {
  const text = useStore(draft);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);

  const send = () => {
    const message = text.trim();
    if (message === '') return;
    onSend(message);
    draft.set('');
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter picks a candidate.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        value={text}
        maxLength={TEXT_MAX}
        aria-label={t('chat.write')}
        placeholder={t('chat.write')}
        enterKeyHint="send"
        className={styles.field}
        onChange={(event) => draft.set(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <IconButton
        type="submit"
        icon={SendHorizontal}
        label={t('chat.send')}
        tone={text.trim() === '' ? 'plain' : 'active'}
        disabled={text.trim() === ''}
        className={styles.send}
      />
    </form>
  );
}
