/**
 * Draws the points in WebGL 2: one call for the grey discs, one for the coloured, one for the images. Nothing is uploaded
 * while one pans. Own code, for the page's Content-Security-Policy allows no `eval`: regl, and the scatterplots built on it,
 * compile what they draw with `new Function`.
 */

import type { Opened } from "../opened";
import type { Camera } from "../state";
import { DEEPEST } from "./levels";
import { FRAME, SMALLEST, type Renderer } from "./renderer";

const PLACE = `
layout(location = 0) in vec2 left;
layout(location = 1) in vec2 reached;
layout(location = 2) in vec4 colour;
uniform vec4 cameraFrom, cameraTo; // middle; units to the screen's [-1, 1]
uniform float share;
vec2 place() { return mix((left - cameraFrom.xy) * cameraFrom.zw, (reached - cameraTo.xy) * cameraTo.zw, share); }
const vec4 NOWHERE = vec4(2, 2, 2, 1);
`;

const DISCS = [
  `#version 300 es
${PLACE}
uniform float radius, isGrey;
uniform vec3 grey;
out vec4 tint;
void main() {
  gl_Position = (colour.a < 0.5) == (isGrey > 0.5) ? vec4(place(), 0, 1) : NOWHERE;
  gl_PointSize = 2.0 * radius + 2.0;
  tint = isGrey > 0.5 ? vec4(grey, 0.7) : vec4(colour.rgb, 0.9);
}`,
  `#version 300 es
precision highp float;
uniform float radius;
in vec4 tint;
out vec4 pixel;
void main() {
  float inside = radius + 0.5 - length(gl_PointCoord - 0.5) * (2.0 * radius + 2.0);
  float alpha = tint.a * clamp(inside, 0.0, 1.0);
  pixel = vec4(tint.rgb * alpha, alpha);
}`,
];

const IMAGES = [
  `#version 300 es
${PLACE}
layout(location = 3) in float from;
layout(location = 4) in float point;
uniform vec4 sheet; // images on each, columns, width and height of an image in pixels
uniform vec2 screen;
uniform float level, side, ready;
const float SMALLEST = ${SMALLEST.toFixed(1)};
out vec2 at;
flat out vec3 first; // pixel where the image begins, sheet
flat out vec3 frame;
flat out float size;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  float number = floor((point + 0.5) / sheet.x);
  float within = point - number * sheet.x;
  float row = floor((within + 0.5) / sheet.y);
  first = vec3((within - row * sheet.y) * sheet.z, row * sheet.w, number);
  size = side * clamp(level - from + 1.0, 0.0, 1.0);
  vec2 aspect = sheet.zw / max(sheet.z, sheet.w);
  vec2 spread = (corner - 0.5) * 2.0 * size * aspect / screen;
  at = vec2(corner.x, 1.0 - corner.y);
  frame = colour.rgb;
  gl_Position = size > SMALLEST && number < ready ? vec4(place() + spread, 0, 1) : NOWHERE;
}`,
  `#version 300 es
precision highp float;
precision highp sampler2DArray;
uniform sampler2DArray sheets;
uniform vec4 sheet;
uniform float border, isColour;
in vec2 at;
flat in vec3 first, frame;
flat in float size;
out vec4 pixel;
void main() {
  vec2 sides = size * sheet.zw / max(sheet.z, sheet.w);
  vec2 inner = (at * sides - border) / (sides - 2.0 * border);
  vec2 spot = first.xy + clamp(inner * sheet.zw, vec2(0.5), sheet.zw - 0.5);
  vec3 seen = texture(sheets, vec3(spot / vec2(textureSize(sheets, 0).xy), first.z)).rgb;
  bool isFrame = any(lessThan(inner, vec2(0))) || any(greaterThan(inner, vec2(1)));
  pixel = vec4(isFrame ? frame : isColour > 0.5 ? seen : seen.rrr, 1);
}`,
];

/** Null where there is no WebGL 2. */
export function webgl(canvas: HTMLCanvasElement, opened: Opened): Renderer | null {
  const context = canvas.getContext("webgl2", { alpha: true, antialias: false, depth: false, premultipliedAlpha: true });
  if (!context) return null;
  const gl = context;
  const discs = program(gl, DISCS);
  const images = program(gl, IMAGES);
  const [left, reached, colours, instances, frames] = [0, 1, 2, 3, 4].map(() => gl.createBuffer());
  let [from, to] = [new Float32Array(), new Float32Array()];
  let rgba = new Uint32Array();
  let shown: Order = { points: new Uint32Array(), upTo: [] };
  const sheets = new Sheets(gl, opened);
  const { count } = opened.points;
  let hasGrey = false;

  const fill = (buffer: WebGLBuffer, values: Float32Array | Uint32Array) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values as Float32Array<ArrayBuffer>, gl.STATIC_DRAW);
  };
  const fillFrames = () => fill(frames, shown.points.map((point) => rgba[point]));
  const attribute = (location: number, buffer: WebGLBuffer, size: number, stride = 0, offset = 0) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, size, location === 2 ? gl.UNSIGNED_BYTE : gl.FLOAT, location === 2, stride, offset);
    gl.vertexAttribDivisor(location, stride > 0 ? 1 : 0);
  };
  const discAttributes = () => {
    attribute(0, left, 2);
    attribute(1, reached, 2);
    attribute(2, colours, 4);
    for (const location of [3, 4]) gl.disableVertexAttribArray(location);
  };
  const imageAttributes = () => {
    attribute(0, instances, 2, INSTANCE);
    attribute(1, instances, 2, INSTANCE, 8);
    attribute(2, frames, 4, 4);
    attribute(3, instances, 1, INSTANCE, 16);
    attribute(4, instances, 1, INSTANCE, 20);
  };

  return {
    setPositions(...both) {
      [from, to] = both as [typeof from, typeof to];
      fill(left, from);
      fill(reached, to);
    },
    setColours({ buffer }) {
      rgba = new Uint32Array(buffer as ArrayBuffer);
      fill(colours, rgba);
      fillFrames();
      hasGrey = new Uint8Array(rgba.buffer).some((value, i) => i % 4 === 3 && value === 0);
    },
    setLevels(levels) {
      shown = byLevel(levels, opened.images?.count ?? 0);
      fill(instances, placed(shown, levels, from, to));
      fillFrames();
    },
    draw(picture) {
      const { width, height, ratio } = picture;
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      const place = (at: Record<string, WebGLUniformLocation>) => {
        const scale = (of: Camera) => [of.x, of.y, (2 * of.scale) / width, (2 * of.scale) / height] as const;
        gl.uniform4f(at["cameraFrom"], ...scale(picture.from));
        gl.uniform4f(at["cameraTo"], ...scale(picture.to));
        gl.uniform1f(at["share"], picture.share);
      };

      gl.useProgram(discs.program);
      discAttributes();
      place(discs.at);
      gl.uniform1f(discs.at["radius"], picture.radius * ratio);
      gl.uniform3f(discs.at["grey"], ...(picture.grey.map((value) => value / 255) as [number, number, number]));
      for (const isGrey of hasGrey ? [1, 0] : [0]) {
        gl.uniform1f(discs.at["isGrey"], isGrey);
        gl.drawArrays(gl.POINTS, 0, count);
      }

      if (picture.side === 0 || !sheets.fit || !opened.images) return false;
      const isMissing = sheets.uploadOne();
      const { perSheet, columns, width: w, height: h, channels } = opened.images;
      gl.useProgram(images.program);
      imageAttributes();
      place(images.at);
      gl.uniform4f(images.at["sheet"], perSheet, columns, w, h);
      gl.uniform2f(images.at["screen"], width, height);
      gl.uniform1f(images.at["level"], picture.level);
      gl.uniform1f(images.at["side"], picture.side);
      gl.uniform1f(images.at["ready"], sheets.ready);
      gl.uniform1f(images.at["border"], FRAME);
      gl.uniform1f(images.at["isColour"], channels === 3 ? 1 : 0);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, shown.upTo[Math.max(0, Math.min(DEEPEST, Math.floor(picture.level + 1)))]);
      return isMissing;
    },
  };
}

/** Points in the order in which their images appear, and how many there are up to each level. */
interface Order {
  points: Uint32Array;
  upTo: number[];
}

function byLevel(levels: Uint8Array, count: number): Order {
  const starts = new Array<number>(DEEPEST + 2).fill(0);
  for (let point = 0; point < count; point++) if (levels[point] <= DEEPEST) starts[levels[point] + 1]++;
  for (let level = 0; level <= DEEPEST; level++) starts[level + 1] += starts[level];
  const upTo = starts.slice(1);
  const points = new Uint32Array(starts[DEEPEST + 1]);
  for (let point = 0; point < count; point++) if (levels[point] <= DEEPEST) points[starts[levels[point]]++] = point;
  return { points, upTo };
}

/** Bytes of one image's places, level and number. */
const INSTANCE = 24;

function placed({ points }: Order, levels: Uint8Array, from: Float32Array, to: Float32Array): Float32Array {
  const values = new Float32Array((INSTANCE / 4) * points.length);
  let at = 0;
  for (const point of points) {
    values[at++] = from[2 * point];
    values[at++] = from[2 * point + 1];
    values[at++] = to[2 * point];
    values[at++] = to[2 * point + 1];
    values[at++] = levels[point];
    values[at++] = point;
  }
  return values;
}

/** The sheets of images as layers of one texture; each goes there when images are first drawn, one a picture. */
class Sheets {
  ready = 0;
  readonly fit: boolean;
  private texture: WebGLTexture | null = null;

  constructor(private readonly gl: WebGL2RenderingContext, private readonly opened: Opened) {
    const { sheets } = opened;
    const largest = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
    this.fit =
      sheets.length > 0 &&
      sheets.length <= (gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS) as number) &&
      sheets.every(({ width, height }) => width <= largest && height <= largest);
  }

  /** Whether there are more. */
  uploadOne(): boolean {
    const { gl } = this;
    const { sheets, images } = this.opened;
    const isGrey = images!.channels === 1;
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.texture);
    if (!this.texture) {
      this.texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.texture);
      const [width, height] = [Math.max(...sheets.map((s) => s.width)), Math.max(...sheets.map((s) => s.height))];
      gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, isGrey ? gl.R8 : gl.RGB8, width, height, sheets.length);
      for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D_ARRAY, filter, gl.LINEAR);
    }
    if (this.ready === sheets.length) return false;
    const sheet = sheets[this.ready];
    const format = isGrey ? gl.RED : gl.RGB;
    gl.texSubImage3D(
      gl.TEXTURE_2D_ARRAY, 0, 0, 0, this.ready, sheet.width, sheet.height, 1, format, gl.UNSIGNED_BYTE, sheet,
    );
    this.ready++;
    return this.ready < sheets.length;
  }
}

function program(gl: WebGL2RenderingContext, sources: string[]) {
  const made = gl.createProgram();
  sources.forEach((source, i) => {
    const shader = gl.createShader(i === 0 ? gl.VERTEX_SHADER : gl.FRAGMENT_SHADER)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  });
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = (gl.getAttachedShaders(made) ?? []).map((shader) => gl.getShaderInfoLog(shader));
    throw new Error(`shaders: ${logs.join(" ")} ${gl.getProgramInfoLog(made)}`);
  }
  const at: Record<string, WebGLUniformLocation> = {};
  const uniforms = gl.getProgramParameter(made, gl.ACTIVE_UNIFORMS) as number;
  for (let i = 0; i < uniforms; i++) {
    const { name } = gl.getActiveUniform(made, i)!;
    at[name] = gl.getUniformLocation(made, name)!;
  }
  return { program: made, at };
}
