import { render } from 'preact';
import { App } from './app';
import { startRouter } from './router';
import { applyTheme, readTheme } from './ui/theme';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/components.css';
import './styles/timeline.css';
import './styles/reports.css';
import './styles/alerts.css';

applyTheme(readTheme());
startRouter();
const root = document.getElementById('app');
if (root) render(<App />, root);
