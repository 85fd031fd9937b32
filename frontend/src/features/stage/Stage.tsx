/**
 * Lays tiles out on the space there is. It owns page and motion, not content: `renderTile` comes from the page that
 * composes features. Positions are transforms, so that moving a tile costs no layout.
 */
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { arrange, type Arrangement, type Placed, type StageTile } from '../../layout/stage';
import { useElementSize } from '../../lib/useElementSize';
import { Pager } from './Pager';
import { useFlip } from './useFlip';
import { useSwipe } from './useSwipe';
import styles from './Stage.module.css';

export interface StageProps {
  readonly label: string;
  readonly tiles: readonly StageTile[];
  readonly focusId: string | null;
  readonly isRightToLeft: boolean;
  readonly renderTile: (placed: Placed) => ReactNode;
  /** What is visible now, for everything that must not be received unseen. */
  readonly onArranged: (placed: readonly Placed[]) => void;
}

const PAGER_HEIGHT = 40;

export function Stage(props: StageProps) {
  const { label, tiles, focusId, isRightToLeft, renderTile, onArranged } = props;
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const { width, height } = useElementSize(box);
  const [wantedPage, setPage] = useState(0);

  const { placed, elsewhere, page, pages } = useMemo((): Arrangement => {
    const view = { focusId, page: wantedPage, rightToLeft: isRightToLeft };
    const whole = arrange(tiles, { width, height }, view);
    if (whole.pages === 1) return whole;
    return arrange(tiles, { width, height: height - PAGER_HEIGHT }, view);
  }, [tiles, focusId, isRightToLeft, wantedPage, width, height]);

  useEffect(() => onArranged(placed), [placed, onArranged]);
  useFlip(list, placed);
  const show = (next: number) => setPage(Math.max(0, Math.min(pages - 1, next)));
  const swipe = useSwipe((direction) => show(page + (isRightToLeft ? -direction : direction)));

  return (
    <div ref={box} className={styles.stage} {...swipe}>
      <ul ref={list} className={styles.tiles} aria-label={label}>
        {placed.map((tile) => (
          <li
            key={tile.id}
            data-tile={tile.id}
            data-role={tile.role}
            className={styles.tile}
            style={{
              width: tile.rect.width,
              height: tile.rect.height,
              transform: `translate(${tile.rect.x}px, ${tile.rect.y}px)`,
            }}
          >
            {renderTile(tile)}
          </li>
        ))}
      </ul>
      {pages > 1 && <Pager page={page} pages={pages} elsewhere={elsewhere} onPage={show} />}
    </div>
  );
}
