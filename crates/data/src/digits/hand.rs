//! The hand: bends an allograph as no two writings are alike, and lays it into the image.

use random::Cursor;

use super::glyphs::{Allograph, DIGITS, Knot};

/// The known factors of one digit. Lengths are parts of the image's side, angles are in radians.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pose {
    pub(super) class: u32,
    pub(super) rotation: f32,
    pub(super) scale: f32,
    pub(super) shift: [f32; 2],
    pub(super) shear: f32,
    pub(super) thickness: f32,
}

/// A point of the pen's way, in parts of the image's side, and how hard it presses there (around 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ink {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) pressure: f32,
}

/// Height of a digit of scale 1, pen included, as in MNIST: 20 of 28 pixels.
const BODY: f32 = 20.0 / 28.0;
/// Straight pieces per span between two knots.
const PIECES: usize = 7;

impl Pose {
    /// Independent draws, uniform in the ranges of [`FACTOR_NAMES`](super::FACTOR_NAMES).
    pub(super) fn draw(random: &mut Cursor) -> Self {
        Self {
            class: random.below(10),
            rotation: random.between(-0.2, 0.2),
            scale: random.between(0.75, 1.05),
            shift: [random.between(-0.07, 0.07), random.between(-0.07, 0.07)],
            shear: random.between(-0.15, 0.45),
            thickness: random.between(0.055, 0.12),
        }
    }

    /// In the order of [`FACTOR_NAMES`](super::FACTOR_NAMES).
    pub(super) fn factors(&self) -> [f32; 7] {
        let [shift_x, shift_y] = self.shift;
        [self.class as f32, self.rotation, self.scale, shift_x, shift_y, self.shear, self.thickness]
    }
}

/// The pen's way for `pose`: one polyline per stroke.
pub(super) fn write(pose: &Pose, random: &mut Cursor) -> Vec<Vec<Ink>> {
    let allograph = choose(DIGITS[pose.class as usize % 10], random);
    let bend = Bend::draw(random);
    let mut strokes: Vec<Vec<Ink>> = allograph
        .strokes
        .iter()
        .map(|stroke| {
            let mut ink = spline(&bend.stroke(stroke, random));
            press(&mut ink, random);
            ink
        })
        .collect();
    place(&mut strokes, pose);
    strokes
}

fn choose(ways: &'static [Allograph], random: &mut Cursor) -> &'static Allograph {
    let mut pick = random.below(ways.iter().map(|way| way.weight).sum());
    let chosen = ways.iter().find(|way| match pick.checked_sub(way.weight) {
        Some(rest) => {
            pick = rest;
            false
        }
        None => true,
    });
    chosen.unwrap_or(&ways[0])
}

/// A smooth deformation of the page (what makes hands differ), and a tremble of each knot (what makes two
/// digits of one hand differ).
struct Bend {
    width: f32,
    balance: [f32; 2],
    bow: [f32; 2],
    twist: [f32; 2],
    tremble: f32,
}

impl Bend {
    fn draw(random: &mut Cursor) -> Self {
        let mut small = |spread: f32| (random.normal() * spread).clamp(-2.5 * spread, 2.5 * spread);
        Self {
            balance: [small(0.14), small(0.20)],
            bow: [small(0.16), small(0.11)],
            twist: [small(0.18), small(0.13)],
            tremble: 0.021 + small(0.004),
            width: random.between(0.76, 1.40),
        }
    }

    /// The stroke as this hand writes it: set down a little off, bent, its ends too short or too long.
    fn stroke(&self, stroke: &[Knot], random: &mut Cursor) -> Vec<Knot> {
        let off = [random.normal() * 0.015, random.normal() * 0.015];
        let mut knots: Vec<Knot> = stroke.iter().map(|knot| self.knot(*knot, off, random)).collect();
        let (start, end) = (random.between(-0.15, 0.20), random.between(-0.20, 0.40));
        if let [first, second, .., before, last] = &mut knots[..] {
            *first = beyond(*second, *first, start);
            *last = beyond(*before, *last, end);
        }
        knots
    }

    fn knot(&self, knot: Knot, off: [f32; 2], random: &mut Cursor) -> Knot {
        // Centred: u, v in about [-½, ½]. Each term is a polynomial of degree two in (u, v).
        let (u, v) = (knot.x - 0.5, knot.y - 0.5);
        let (round_u, round_v) = (0.25 - u * u, 0.25 - v * v);
        let x = u + self.balance[0] * round_u + self.bow[0] * round_v + self.twist[0] * u * v;
        let y = v + self.balance[1] * round_v + self.bow[1] * round_u + self.twist[1] * u * v;
        let (dx, dy) = (random.normal() * self.tremble + off[0], random.normal() * self.tremble + off[1]);
        Knot { x: x * self.width + dx, y: y + dy, corner: knot.corner }
    }
}

/// `to`, moved on by `part` of the way from `from`.
fn beyond(from: Knot, to: Knot, part: f32) -> Knot {
    Knot { x: to.x + part * (to.x - from.x), y: to.y + part * (to.y - from.y), corner: to.corner }
}

/// A Catmull–Rom spline through the knots, in straight pieces; it stops and starts anew at corners.
fn spline(knots: &[Knot]) -> Vec<Ink> {
    let mut ink = Vec::with_capacity(knots.len() * PIECES + 1);
    let last = knots.len() - 1;
    for i in 0..last {
        let (from, to) = (knots[i], knots[i + 1]);
        let before = if i == 0 || from.corner { beyond(to, from, 1.0) } else { knots[i - 1] };
        let after = if i + 1 == last || to.corner { beyond(from, to, 1.0) } else { knots[i + 2] };
        for piece in 0..PIECES {
            let t = piece as f32 / PIECES as f32;
            let at = |a: f32, b: f32, c: f32, d: f32| {
                let (linear, square, cube) = (c - a, 2.0 * a - 5.0 * b + 4.0 * c - d, 3.0 * (b - c) + d - a);
                b + 0.5 * t * (linear + t * (square + t * cube))
            };
            let x = at(before.x, from.x, to.x, after.x);
            let y = at(before.y, from.y, to.y, after.y);
            ink.push(Ink { x, y, pressure: 1.0 });
        }
    }
    ink.push(Ink { x: knots[last].x, y: knots[last].y, pressure: 1.0 });
    ink
}

/// The pen presses unevenly: a line and a bow of random size over the stroke, and lighter at its end.
fn press(ink: &mut [Ink], random: &mut Cursor) {
    let (slope, bow) = (random.between(-0.12, 0.12), random.between(-0.12, 0.18));
    let lift = random.between(0.0, 0.35);
    let steps = (ink.len() - 1).max(1) as f32;
    for (i, point) in ink.iter_mut().enumerate() {
        let t = i as f32 / steps;
        let end = (t * 4.0 - 3.0).max(0.0);
        point.pressure = 1.0 + slope * (2.0 * t - 1.0) + bow * (4.0 * t * (1.0 - t) - 0.5) - lift * end * end;
    }
}

/// Slants and turns the writing, then centres it and brings its longer side to the body's height; so no
/// pose runs over the edge.
fn place(strokes: &mut [Vec<Ink>], pose: &Pose) {
    let (sin, cos) = sin_cos(pose.rotation);
    for ink in strokes.iter_mut().flatten() {
        let u = ink.x - pose.shear * ink.y; // y runs down: positive shear leans to the right
        (ink.x, ink.y) = (cos * u - sin * ink.y, sin * u + cos * ink.y);
    }
    let span = |side: fn(&Ink) -> f32| {
        let sides = strokes.iter().flatten().map(side);
        sides.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)))
    };
    let ((left, right), (top, bottom)) = (span(|ink| ink.x), span(|ink| ink.y));
    let longest = (right - left).max(bottom - top).max(1e-3);
    let size = (BODY * pose.scale - pose.thickness) / longest;
    for ink in strokes.iter_mut().flatten() {
        ink.x = 0.5 + pose.shift[0] + (ink.x - 0.5 * (left + right)) * size;
        ink.y = 0.5 + pose.shift[1] + (ink.y - 0.5 * (top + bottom)) * size;
    }
}

/// Taylor polynomials, for angles of at most ¼: from exactly rounded operations only, so that every machine
/// draws the same bits. Errors below 1e-8.
fn sin_cos(angle: f32) -> (f32, f32) {
    let z = angle * angle;
    let sin = angle * (1.0 - z * (1.0 / 6.0) * (1.0 - z * 0.05 * (1.0 - z * (1.0 / 42.0))));
    let cos = 1.0 - z * 0.5 * (1.0 - z * (1.0 / 12.0) * (1.0 - z * (1.0 / 30.0)));
    (sin, cos)
}
