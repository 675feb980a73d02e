/** The entry of the thread in which reports are drawn. */
import type { ReportContent } from './content.ts';
import { reportPage } from './page.ts';

export const render = (content: ReportContent): string => reportPage(content);
