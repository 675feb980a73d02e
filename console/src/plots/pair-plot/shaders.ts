/** From positions to the panel, which is the viewport. A series that is not shown lies outside of it. */
export const vertexShader = `#version 300 es
in float across;
in float up;
in float series;
uniform vec4 view; // low across, low up, 1 / width across, 1 / width up
uniform vec4 colours[2]; // their alpha is 0 where a series is not shown
uniform float size;
flat out vec4 colour;
void main() {
  vec4 own = series < 0.5 ? colours[0] : colours[1];
  vec2 place = 2.0 * (vec2(across, up) - view.xy) * view.zw - 1.0;
  gl_Position = own.a > 0.0 ? vec4(place, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = size;
  colour = vec4(own.rgb * own.a, own.a);
}`;

/** Round where a point is large enough for its form to be seen. */
export const fragmentShader = `#version 300 es
precision highp float;
flat in vec4 colour;
uniform float size;
out vec4 pixel;
void main() {
  pixel = colour;
  if (size > 3.0) pixel *= clamp(size * (0.5 - distance(gl_PointCoord, vec2(0.5))) + 0.5, 0.0, 1.0);
}`;
