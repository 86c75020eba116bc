//! The layer of dots in a scatter: vector circles for a few, one embedded image for many.

use resvg::tiny_skia::{Color, FillRule, Paint, PathBuilder, Pixmap, Transform};

use crate::canvas::{Canvas, Rect, number};
use crate::error::FigureError;
use crate::palette;
use crate::raster::{LARGEST_SIDE, Picture};

/// Beyond this many points the layer becomes an image.
const MOST_CIRCLES: usize = 5_000;

/// A point in canvas pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Dot {
    pub x: f64,
    pub y: f64,
    pub color: [u8; 3],
}

/// 0 … n in an order that strides through the table, so that a table sorted by class does not hide its first
/// classes under its last.
pub(crate) fn spread_order(n: usize) -> impl Iterator<Item = usize> {
    let mut stride = ((n as f64 * 0.618_034) as usize).max(1);
    while greatest_common_divisor(stride, n) != 1 {
        stride += 1;
    }
    (0..n).scan(0, move |place, _| {
        let index = *place;
        *place = (index + stride) % n;
        Some(index)
    })
}

fn greatest_common_divisor(mut a: usize, mut b: usize) -> usize {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Radius in pixels and opacity of n dots: about constant ink, within what the eye can see.
fn dot_style(n: usize) -> (f64, f64) {
    let n = (n.max(1)) as f64;
    let radius = (14.0 * n.powf(-0.24)).clamp(0.9, 4.0);
    let opacity = (6.0 * n.powf(-0.25)).clamp(0.4, 0.85);
    (radius, opacity)
}

/// Draws `dots` inside `plot`.
pub(crate) fn draw(canvas: &mut Canvas, plot: Rect, dots: &[Dot]) -> Result<(), FigureError> {
    let (radius, opacity) = dot_style(dots.len());
    if dots.len() > MOST_CIRCLES {
        let (picture, scale) = rasterize(plot, dots, radius, opacity)?;
        let layer =
            Rect { width: picture.width() as f64 / scale, height: picture.height() as f64 / scale, ..plot };
        canvas.image(layer, &picture.png()?, false);
        return Ok(());
    }
    canvas.open(&format!("fill-opacity=\"{}\"", number(opacity)));
    for dot in dots {
        canvas.circle((dot.x, dot.y), radius, &format!("fill=\"{}\"", palette::hex(dot.color)));
    }
    canvas.close();
    Ok(())
}

/// The dots as an RGBA picture over `plot`, and its pixels per CSS pixel.
fn rasterize(plot: Rect, dots: &[Dot], radius: f64, opacity: f64) -> Result<(Picture, f64), FigureError> {
    let scale = 3.0;
    let (width, height) = ((plot.width * scale).ceil(), (plot.height * scale).ceil());
    let mut pixels = Pixmap::new(width as u32, height as u32).ok_or(FigureError::Size {
        width,
        height,
        limit: LARGEST_SIDE,
    })?;
    let Some(circle) = PathBuilder::from_circle(0.0, 0.0, (radius * scale) as f32) else {
        return Err(FigureError::NotFinite("points"));
    };
    let mut paint = Paint { anti_alias: true, ..Default::default() };
    for dot in dots {
        let [red, green, blue] = dot.color;
        paint.set_color(Color::from_rgba8(red, green, blue, (opacity * 255.0).round() as u8));
        let (x, y) = ((dot.x - plot.x) * scale, (dot.y - plot.y) * scale);
        let place = Transform::from_translate(x as f32, y as f32);
        pixels.fill_path(&circle, &paint, FillRule::Winding, place, None);
    }
    // Straight alpha, as PNG wants it, in as few levels as the eye allows: noise in the lowest bits, which
    // nobody sees, would make up two thirds of the file.
    let level =
        |value: u8, step: u8| ((u16::from(value) + u16::from(step) / 2) / u16::from(step)) as u8 * step;
    let straight = pixels.pixels().iter().flat_map(|pixel| {
        let color = pixel.demultiply();
        match level(color.alpha(), 51) {
            0 => [0; 4],
            alpha => [level(color.red(), 17), level(color.green(), 17), level(color.blue(), 17), alpha],
        }
    });
    Ok((Picture::from_bytes(width as usize, height as usize, 4, straight.collect()), scale))
}

/// Pushes boxes that overlap apart, a little in each round, and keeps them inside `bounds`.
pub(crate) fn move_apart(boxes: &mut [Rect], bounds: Rect) {
    for _ in 0..300 {
        let mut moved = false;
        for second in 1..boxes.len() {
            for first in 0..second {
                let (a, b) = (boxes[first], boxes[second]);
                let (dx, dy) = (b.center().0 - a.center().0, b.center().1 - a.center().1);
                let overlap_x = (a.width + b.width) / 2.0 - dx.abs();
                let overlap_y = (a.height + b.height) / 2.0 - dy.abs();
                if overlap_x <= 0.0 || overlap_y <= 0.0 {
                    continue;
                }
                moved = true;
                if overlap_x < overlap_y {
                    let push = overlap_x.min(4.0) / 2.0 * if dx < 0.0 { -1.0 } else { 1.0 };
                    boxes[first].x -= push;
                    boxes[second].x += push;
                } else {
                    let push = overlap_y.min(4.0) / 2.0 * if dy < 0.0 { -1.0 } else { 1.0 };
                    boxes[first].y -= push;
                    boxes[second].y += push;
                }
            }
        }
        for item in boxes.iter_mut() {
            item.x = item.x.min(bounds.right() - item.width).max(bounds.x);
            item.y = item.y.min(bounds.bottom() - item.height).max(bounds.y);
        }
        if !moved {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_visits_every_point_once() {
        for n in [0, 1, 2, 3, 10, 997, 1000] {
            let mut order: Vec<usize> = spread_order(n).collect();
            order.sort_unstable();
            assert!(order.into_iter().eq(0..n));
        }
    }

    #[test]
    fn boxes_end_apart_and_inside() {
        let bounds = Rect { x: 0.0, y: 0.0, width: 200.0, height: 200.0 };
        let mut boxes = vec![Rect { x: 195.0, y: 100.0, width: 12.0, height: 15.0 }; 6];
        move_apart(&mut boxes, bounds);
        for (index, a) in boxes.iter().enumerate() {
            assert!(a.x >= 0.0 && a.right() <= 200.0);
            for b in &boxes[..index] {
                let (dx, dy) = ((a.x - b.x).abs(), (a.y - b.y).abs());
                assert!(dx > 11.0 || dy > 14.0, "{a:?} {b:?}");
            }
        }
    }
}
