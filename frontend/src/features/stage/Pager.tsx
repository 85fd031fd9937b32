/** Turns the pages of the stage; says which one this is, and who speaks on another one, at the arrow that leads there. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useMemo } from 'react';
import { t } from '../../i18n';
import type { Elsewhere } from '../../layout/stage';
import { IconButton } from '../../ui/IconButton';
import { SpeakerElsewhere } from './SpeakerElsewhere';
import styles from './Pager.module.css';

export interface PagerProps {
  readonly page: number;
  readonly pages: number;
  readonly elsewhere: readonly Elsewhere[];
  readonly onPage: (page: number) => void;
}

export function Pager({ page, pages, elsewhere, onPage }: PagerProps) {
  const before = useMemo(() => elsewhere.filter((tile) => tile.page < page), [elsewhere, page]);
  const after = useMemo(() => elsewhere.filter((tile) => tile.page > page), [elsewhere, page]);
  return (
    // Whoever followed a speaker finds the focus here: the sign they used is gone.
    <nav className={styles.pager} aria-label={t('stage.pages')} tabIndex={-1}>
      <div className={styles.before}>
        <SpeakerElsewhere tiles={before} onPage={onPage} />
      </div>
      <div className={styles.pages}>
        <IconButton
          icon={ChevronLeft}
          size="small"
          label={t('stage.previous')}
          disabled={page === 0}
          onClick={() => onPage(page - 1)}
        />
        <span className="sf-numbers" dir="auto" aria-live="polite">
          {t('stage.page', { page: page + 1, pages })}
        </span>
        <IconButton
          icon={ChevronRight}
          size="small"
          label={t('stage.next')}
          disabled={page === pages - 1}
          onClick={() => onPage(page + 1)}
        />
      </div>
      <div className={styles.after}>
        <SpeakerElsewhere tiles={after} onPage={onPage} />
      </div>
    </nav>
  );
}
