import type { Box } from './layout.ts';
import type { Painter } from './painter.ts';
import { pixelRatio } from './pixel-ratio.ts';
import { fragmentShader, vertexShader } from './shaders.ts';
import type { PairTable } from './table.ts';

/** Draws by WebGL 2; undefined where there is none. Each column is a buffer that all its panels share. */
export function webglPainter(canvas: HTMLCanvasElement, table: PairTable): Painter | undefined {
  const gl = canvas.getContext('webgl2', { alpha: true, antialias: false, depth: false, stencil: false });
  if (!gl || gl.isContextLost()) return undefined;
  const program = linked(gl);
  const columns = table.positions.map((positions) => bufferOf(gl, positions));
  const series = bufferOf(gl, table.seriesOf);
  const attribute = (name: string) => gl.getAttribLocation(program, name);
  const [across, up, seriesOf] = [attribute('across'), attribute('up'), attribute('series')];
  const uniform = (name: string) => gl.getUniformLocation(program, name);
  const [view, colours, size] = [uniform('view'), uniform('colours'), uniform('size')];
  const hidden = gl.createFramebuffer();
  const pixels = gl.createRenderbuffer();
  const ratio = pixelRatio();

  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.clearColor(0, 0, 0, 0);
  read(seriesOf, series, gl.UNSIGNED_BYTE);

  function read(location: number, buffer: WebGLBuffer, type: number = gl?.FLOAT ?? 0) {
    gl?.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl?.enableVertexAttribArray(location);
    gl?.vertexAttribPointer(location, 1, type, false, 0, 0);
  }

  /** The box in pixels of the canvas, whose first row is the lowest. */
  function within({ x, y, width, height }: Box) {
    const scaled = [x * ratio, canvas.height - (y + height) * ratio, width * ratio, height * ratio].map(Math.round);
    const [left, bottom, wide, high] = scaled;
    gl?.viewport(left, bottom, wide, high);
    gl?.scissor(left, bottom, wide, high);
  }

  return {
    mostPoints: Infinity,
    resize(width, height) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      gl.bindRenderbuffer(gl.RENDERBUFFER, pixels);
      gl.renderbufferStorage(gl.RENDERBUFFER, gl.RGBA8, canvas.width, canvas.height);
      gl.bindFramebuffer(gl.FRAMEBUFFER, hidden);
      gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, pixels);
      gl.disable(gl.SCISSOR_TEST);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.enable(gl.SCISSOR_TEST);
    },
    clear(box) {
      gl.bindFramebuffer(gl.FRAMEBUFFER, hidden);
      within(box);
      gl.clear(gl.COLOR_BUFFER_BIT);
    },
    draw(panel, intervals, look, dots, { first, count }) {
      gl.bindFramebuffer(gl.FRAMEBUFFER, hidden);
      within(panel);
      read(across, columns[panel.across]);
      read(up, columns[panel.up]);
      const [x, y] = [intervals[panel.across], intervals[panel.up]];
      gl.uniform4f(view, x[0], y[0], 1 / (x[1] - x[0]), 1 / (y[1] - y[0]));
      const alphas = look.shown.map((isShown) => (isShown ? dots.alpha : 0));
      const all = look.colours.flatMap((colour, index) => [...colour, alphas[index]]);
      gl.uniform4fv(colours, [...all, 0, 0, 0, 0].slice(0, 8));
      gl.uniform1f(size, dots.size * ratio);
      gl.drawArrays(gl.POINTS, first, count);
    },
    present() {
      gl.bindFramebuffer(gl.READ_FRAMEBUFFER, hidden);
      gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
      gl.disable(gl.SCISSOR_TEST);
      const { width, height } = canvas;
      gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, gl.COLOR_BUFFER_BIT, gl.NEAREST);
      gl.enable(gl.SCISSOR_TEST);
    },
    dispose() {
      for (const buffer of [...columns, series]) gl.deleteBuffer(buffer);
      gl.deleteRenderbuffer(pixels);
      gl.deleteFramebuffer(hidden);
      gl.deleteProgram(program);
    },
  };
}

function bufferOf(gl: WebGL2RenderingContext, data: Float32Array | Uint8Array): WebGLBuffer {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
  return buffer;
}

function linked(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexShader],
    [gl.FRAGMENT_SHADER, fragmentShader],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) continue;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    // It goes with the program.
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost())
    throw new Error(`The points' program is refused: ${gl.getProgramInfoLog(program)}`);
  return program;
}
