//! The pen: paints polylines with a round tip, anti-aliased by the distance to the stroke.

use super::hand::Ink;

/// Width of the soft edge, in pixels. MNIST's edges are soft, having been scaled down.
const EDGE: f32 = 1.35;

/// Paints `strokes` into `image`, `side` × `side` bytes, white on the black that is there.
pub(super) fn paint(strokes: &[Vec<Ink>], thickness: f32, side: usize, image: &mut [u8]) {
    let scale = side as f32;
    for stroke in strokes {
        for pair in stroke.windows(2) {
            let piece = Piece::new(pair[0], pair[1], 0.5 * thickness, scale);
            piece.paint(side, image);
        }
    }
}

/// A straight piece in pixels, with the pen's radius at its ends.
struct Piece {
    x: f32,
    y: f32,
    dx: f32,
    dy: f32,
    per_square: f32,
    radius: f32,
    growth: f32,
}

impl Piece {
    fn new(from: Ink, to: Ink, radius: f32, scale: f32) -> Self {
        let (dx, dy) = ((to.x - from.x) * scale, (to.y - from.y) * scale);
        let square = dx * dx + dy * dy;
        Self {
            x: from.x * scale,
            y: from.y * scale,
            dx,
            dy,
            per_square: if square > 0.0 { 1.0 / square } else { 0.0 },
            radius: radius * scale * from.pressure,
            growth: radius * scale * (to.pressure - from.pressure),
        }
    }

    fn paint(&self, side: usize, image: &mut [u8]) {
        let reach = self.radius + self.growth.max(0.0) + EDGE;
        let pixels = |start: f32, length: f32| {
            let low = start.min(start + length) - reach;
            let high = start.max(start + length) + reach;
            // A float beyond the range of usize is cut off at its ends by `as`.
            (low.max(0.0) as usize)..((high.max(0.0) as usize + 1).min(side))
        };
        let columns = pixels(self.x, self.dx);
        for row in pixels(self.y, self.dy) {
            for column in columns.clone() {
                let pixel = &mut image[row * side + column];
                *pixel = (*pixel).max(self.cover(column as f32 + 0.5, row as f32 + 0.5));
            }
        }
    }

    /// How much of the pixel centred on (x, y) is inked, 0 to 255.
    fn cover(&self, x: f32, y: f32) -> u8 {
        let (px, py) = (x - self.x, y - self.y);
        let t = ((px * self.dx + py * self.dy) * self.per_square).clamp(0.0, 1.0);
        let (qx, qy) = (px - t * self.dx, py - t * self.dy);
        let inside = self.radius + t * self.growth - (qx * qx + qy * qy).sqrt();
        ((inside * (1.0 / EDGE) + 0.5).clamp(0.0, 1.0) * 255.0 + 0.5) as u8
    }
}
