/** "Name or link": Enter joins; what cannot be a room is said at once, in words. */
import { useState, type SubmitEvent } from 'react';
import { t } from '../../i18n';
import { readRoomInput } from '../../lib/roomKey';
import { Button } from '../../ui/Button';
import { TextField } from '../../ui/TextField';
import styles from './JoinField.module.css';

export interface JoinFieldProps {
  readonly onOpenRoom: (slug: string) => void;
}

export function JoinField({ onOpenRoom }: JoinFieldProps) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string | undefined>(undefined);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const input = readRoomInput(text);
    if (input.kind === 'room') onOpenRoom(input.key);
    else setError(t(input.kind === 'empty' ? 'home.joinEmpty' : 'home.joinInvalid'));
  };

  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <TextField
        label={t('home.joinLabel')}
        isLabelHidden
        size="large"
        placeholder={t('home.joinLabel')}
        value={text}
        error={error}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        enterKeyHint="go"
        className={styles.field}
        onChange={(event) => {
          setText(event.target.value);
          setError(undefined);
        }}
      />
      <Button type="submit" size="large">
        {t('home.join')}
      </Button>
    </form>
  );
}
