import { currentLocation, startRouter } from './router';
import { placeSoon } from './routes';
import { applyTheme, readTheme } from './ui/theme';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/components.css';
import './styles/timeline.css';
import './styles/reports.css';
import './styles/alerts.css';

// Small on purpose: the answers, the frame and the page's own code are all on
// their way at the same time, before any of them is run.
const first = placeSoon(currentLocation());
import('./app').then(({ start }) => start(first));
applyTheme(readTheme());
startRouter();
