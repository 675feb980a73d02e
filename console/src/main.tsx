import { render } from 'preact';
import { App } from './app.tsx';
import { watchParts } from './state/missing-part.ts';
import { applyTheme } from './state/theme.ts';
import '../../src/figures/colours.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/plots.css';
import './styles/intake.css';
import './styles/pair-plot.css';

applyTheme();
watchParts();
const place = document.getElementById('app');
if (!place) throw new Error('index.html: expected an element with the id app');
render(<App />, place);
