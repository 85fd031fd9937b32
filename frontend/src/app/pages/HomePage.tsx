/** `/`: composition of the home feature. */
import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { Home } from '../../features/home/Home';
import { t } from '../../i18n';
import { TopBar } from '../TopBar';
import { useTheme } from '../theme';
import styles from './Page.module.css';

export function HomePage() {
  const [, navigate] = useLocation();
  useTheme(false);
  useEffect(() => {
    document.title = t('app.name');
  }, []);
  return (
    <div className={styles.page}>
      <TopBar />
      <Home onOpenRoom={(slug) => navigate(`/room/${encodeURIComponent(slug)}`)} />
    </div>
  );
}
