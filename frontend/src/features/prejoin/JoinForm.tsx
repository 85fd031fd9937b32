/** Your name and "Join". What stands in the way is said here, next to the button. */
import { useId, useState, type SubmitEvent } from 'react';
import { t } from '../../i18n';
import { errorText } from '../../i18n/errors';
import { Button } from '../../ui/Button';
import { TextField } from '../../ui/TextField';
import styles from './JoinForm.module.css';

export interface JoinFormProps {
  readonly name: string;
  readonly isPending: boolean;
  readonly isFull: boolean;
  /** An error code, or null. */
  readonly problem: string | null;
  readonly onJoin: (displayName: string) => void;
}

const NAME_MAX = 64; // the server's limit for a display name

export function JoinForm({ name: savedName, isPending, isFull, problem, onJoin }: JoinFormProps) {
  const [name, setName] = useState(savedName);
  const [isNameMissing, setNameMissing] = useState(false);
  const nameId = useId();

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const trimmed = name.trim();
    setNameMissing(trimmed === '');
    if (trimmed === '') document.getElementById(nameId)?.focus();
    else onJoin(trimmed);
  };
  const code = isFull ? 'room_full' : problem;
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <TextField
        id={nameId}
        label={t('prejoin.name')}
        value={name}
        maxLength={NAME_MAX}
        autoComplete="name"
        enterKeyHint="go"
        error={isNameMissing ? t('prejoin.nameMissing') : undefined}
        onChange={(event) => {
          setName(event.target.value);
          setNameMissing(false);
        }}
      />
      <Button type="submit" variant="primary" size="large" isPending={isPending} disabled={isFull}>
        {t(isPending ? 'prejoin.joining' : 'prejoin.join')}
      </Button>
      {code !== null && (
        <p role="alert" className={styles.problem}>
          {errorText(code)}
        </p>
      )}
    </form>
  );
}
