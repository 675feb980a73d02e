/** The entry of the thread in which reports are made. */
export { estimates as estimate } from './estimates.ts';
export { reportPage as render } from './page.ts';
