import { css, type Painter } from './painter.ts';
import { pixelRatio } from './pixel-ratio.ts';
import type { PairTable } from './table.ts';

/** Draws without WebGL, for which it takes so much longer that it draws fewer points. */
export function canvasPainter(canvas: HTMLCanvasElement, table: PairTable): Painter | undefined {
  const hidden = document.createElement('canvas');
  const [front, back] = [canvas.getContext('2d'), hidden.getContext('2d')];
  if (!front || !back) return undefined;
  const ratio = pixelRatio();
  return {
    mostPoints: 20_000,
    resize(width, height) {
      for (const each of [canvas, hidden]) {
        each.width = Math.round(width * ratio);
        each.height = Math.round(height * ratio);
      }
      back.scale(ratio, ratio);
    },
    clear({ x, y, width, height }) {
      back.clearRect(x, y, width, height);
    },
    draw({ across, up, x, y, width, height }, view, { colours, shown }, { size, alpha }, { first, count }) {
      const [horizontal, vertical] = [view[across], view[up]];
      const [perX, perY] = [width / (horizontal[1] - horizontal[0]), height / (vertical[1] - vertical[0])];
      back.save();
      back.beginPath();
      back.rect(x, y, width, height);
      back.clip();
      back.globalAlpha = alpha;
      let drawn: number | undefined;
      for (let point = first; point < first + count; point++) {
        const series = table.seriesOf[point];
        const left = (table.positions[across][point] - horizontal[0]) * perX;
        const top = height - (table.positions[up][point] - vertical[0]) * perY;
        if (!shown[series] || left < 0 || left > width || top < 0 || top > height) continue;
        if (drawn !== series) back.fillStyle = css(colours[series]);
        drawn = series;
        back.fillRect(x + left - size / 2, y + top - size / 2, size, size);
      }
      back.restore();
    },
    present() {
      front.clearRect(0, 0, canvas.width, canvas.height);
      front.drawImage(hidden, 0, 0);
    },
    dispose() {},
  };
}
