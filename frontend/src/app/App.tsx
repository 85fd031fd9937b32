/** Routes and the few things that every page has: theme, tooltips, toasts and the error boundary. */
import { Route, Router, Switch } from 'wouter';
import { basePath } from '../lib/basePath';
import { ToastRegion } from '../ui/ToastRegion';
import { TooltipProvider } from '../ui/Tooltip';
import { ErrorBoundary } from './ErrorBoundary';
import { HomePage } from './pages/HomePage';
import { NotFoundPage } from './pages/NotFoundPage';
import { RoomPage } from './pages/RoomPage';

export function App() {
  return (
    <ErrorBoundary>
      <TooltipProvider>
        <>
          <Router base={basePath}>
            <Switch>
              <Route path="/" component={HomePage} />
              <Route path="/room/:slug">
                {({ slug }) => <RoomPage key={slug} slug={decodeURIComponent(slug)} />}
              </Route>
              <Route component={NotFoundPage} />
            </Switch>
          </Router>
          <ToastRegion />
        </>
      </TooltipProvider>
    </ErrorBoundary>
  );
}
