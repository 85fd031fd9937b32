/** Which room this is and who is already there. Its lines are reserved while loading, so that nothing moves. */
import { t } from '../../i18n';
import type { RoomLookup } from '../../session/useRoomInfo';
import { Avatar } from '../../ui/Avatar';
import styles from './RoomHeading.module.css';

export interface RoomHeadingProps {
  readonly slug: string;
  readonly lookup: RoomLookup;
}

const FACES_MAX = 3;

export function RoomHeading({ slug, lookup }: RoomHeadingProps) {
  const room = lookup.kind === 'found' ? lookup.room : null;
  return (
    <header className={styles.heading}>
      <h1 className={styles.name}>{room?.name ?? slug}</h1>
      <div className={styles.present} aria-live="polite">
        {room !== null && (
          <Present count={room.participantCount} names={namesOf(room.participants)} />
        )}
      </div>
    </header>
  );
}

interface PresentProps {
  readonly count: number;
  readonly names: readonly string[];
}

function Present({ count, names }: PresentProps) {
  if (count === 0) return <p>{t('prejoin.nobody')}</p>;
  const shown = names.slice(0, FACES_MAX);
  return (
    <>
      {shown.length > 0 && (
        <span className={styles.faces}>
          {shown.map((name, index) => (
            <Avatar key={`${index} ${name}`} id={name} name={name} size="small" />
          ))}
        </span>
      )}
      <p className={styles.who}>{describe(count, names)}</p>
    </>
  );
}

function describe(count: number, names: readonly string[]): string {
  const [first = '', second = ''] = names;
  if (first === '') return t('prejoin.countHere', { count });
  if (count === 1) return t('prejoin.oneHere', { first });
  if (count === 2 && second !== '') return t('prejoin.twoHere', { first, second });
  return t('prejoin.manyHere', { first, others: count - 1 });
}

function namesOf(people: readonly { readonly displayName: string }[] = []): string[] {
  return people.map((person) => person.displayName);
}
