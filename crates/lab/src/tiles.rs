//! Pictures of any size through a network of one size: by overlapping tiles at the picture's own scale, blended.

use std::f64::consts::PI;

use model::Autoencoder;
use network::Source;

use crate::pictures::{Pictures, sides};

/// Tiles that go through the network at a time; bounds memory.
const BATCH: usize = 256;

/// A picture after the network, and how it went there.
pub struct TiledReconstruction {
    /// The picture, of its own size and channels, [1, height, width, channels].
    pub picture: Pictures,
    /// How many tiles it took, over all channels; 1 where it is of the network's size.
    pub tiles: usize,
}

/// What `model` reconstructs of one picture, [height, width, channels] in [0, 1], with `border` values of 0 around what
/// it sees, as in training.
///
/// - A picture of the network's size goes through whole.
/// - A larger one is cut into tiles that overlap by at least half; what becomes of them is averaged with weights
///   sin²(π (i + ½) / n) along each side, which fall to 0 at a tile's edges, so that no edge shows. The picture is
///   continued by its mirror image, a quarter of a tile on each side, so that its own border lies inside of tiles.
/// - A smaller one is continued by its mirror image to the network's size.
/// - A picture with colours goes through a grey network channel by channel; a grey one through a network of colours as
///   three equal channels, whose mean is kept.
pub fn reconstruct(model: &mut Autoencoder, picture: &Pictures, border: usize) -> TiledReconstruction {
    let [height, width, channels] = sides(model.network().input);
    let inner = [height - 2 * border, width - 2 * border];
    let [_, rows, columns, colors] = picture.shape;
    let planes: Vec<Vec<f32>> = match (colors, channels) {
        (3, 1) => {
            (0..3).map(|color| picture.pixels.iter().skip(color).step_by(3).copied().collect()).collect()
        }
        (1, 3) => vec![picture.pixels.iter().flat_map(|value| [*value; 3]).collect()],
        _ => vec![picture.pixels.clone()],
    };
    let mut tiles = 0;
    let made: Vec<Vec<f32>> = planes
        .iter()
        .map(|plane| {
            let cut = Cut::new(plane, [rows, columns], inner, channels, border);
            tiles += cut.count();
            cut.through(model)
        })
        .collect();
    let pixels = match (colors, channels) {
        (3, 1) => (0..rows * columns).flat_map(|at| made.iter().map(move |plane| plane[at])).collect(),
        (1, 3) => made[0].chunks_exact(3).map(|pixel| pixel.iter().sum::<f32>() / 3.0).collect(),
        _ => made.into_iter().flatten().collect(),
    };
    TiledReconstruction { picture: Pictures { pixels, shape: [1, rows, columns, colors] }, tiles }
}

/// How one plane is cut into tiles.
struct Cut<'a> {
    plane: &'a [f32],
    /// Height and width of the plane, and of what a tile shows of it.
    sides: [usize; 2],
    inner: [usize; 2],
    channels: usize,
    border: usize,
    /// Where tiles begin, along each side; below 0 where the mirror image begins them.
    starts: [Vec<isize>; 2],
}

impl<'a> Cut<'a> {
    fn new(plane: &'a [f32], sides: [usize; 2], inner: [usize; 2], channels: usize, border: usize) -> Self {
        let is_whole = sides == inner;
        let along = |axis: usize| match is_whole {
            true => vec![0],
            false => starts(sides[axis], inner[axis]),
        };
        Self { plane, sides, inner, channels, border, starts: [along(0), along(1)] }
    }

    fn count(&self) -> usize {
        self.starts[0].len() * self.starts[1].len()
    }

    /// Where tile `index` begins.
    fn place(&self, index: usize) -> [isize; 2] {
        let across = self.starts[1].len();
        [self.starts[0][index / across], self.starts[1][index % across]]
    }

    /// The plane after the network.
    fn through(&self, model: &mut Autoencoder) -> Vec<f32> {
        let [rows, columns] = self.sides;
        let mut sum = vec![0.0f64; rows * columns * self.channels];
        let mut weight = vec![0.0f64; rows * columns];
        let (down, across) = (window(self.inner[0]), window(self.inner[1]));
        let padded = [self.inner[0] + 2 * self.border, self.inner[1] + 2 * self.border];
        for first in (0..self.count()).step_by(BATCH) {
            let batch = Batch { cut: self, first };
            let made = model.reconstruct_from(&batch, BATCH.min(self.count() - first));
            for (offset, tile) in made.chunks_exact(padded[0] * padded[1] * self.channels).enumerate() {
                let [top, left] = self.place(first + offset);
                for (y, x) in within(top, left, self.inner, self.sides) {
                    let (row, column) = ((y - top) as usize, (x - left) as usize);
                    let share = down[row] * across[column];
                    let to = y as usize * columns + x as usize;
                    let from = (row + self.border) * padded[1] + column + self.border;
                    weight[to] += share;
                    for channel in 0..self.channels {
                        let value = f64::from(tile[from * self.channels + channel]);
                        sum[to * self.channels + channel] += share * value;
                    }
                }
            }
        }
        let mean = |(at, sum): (usize, &f64)| (sum / weight[at / self.channels]) as f32;
        sum.iter().enumerate().map(mean).collect()
    }
}

/// The pixels of the plane that a tile shows.
fn within(
    top: isize,
    left: isize,
    inner: [usize; 2],
    sides: [usize; 2],
) -> impl Iterator<Item = (isize, isize)> {
    let range =
        |start: isize, length: usize, end: usize| start.max(0)..(start + length as isize).min(end as isize);
    let columns = range(left, inner[1], sides[1]);
    range(top, inner[0], sides[0]).flat_map(move |y| columns.clone().map(move |x| (y, x)))
}

/// Some of the tiles, as the network takes them.
struct Batch<'a> {
    cut: &'a Cut<'a>,
    first: usize,
}

impl Source<f32> for Batch<'_> {
    fn fill(&self, index: usize, input: &mut [f32], target: &mut [f32]) {
        let Cut { plane, sides, inner, channels, border, .. } = self.cut;
        let [top, left] = self.cut.place(self.first + index);
        input.fill(0.0);
        let row_length = (inner[1] + 2 * border) * channels;
        for row in 0..inner[0] {
            let y = mirrored(top + row as isize, sides[0]);
            for column in 0..inner[1] {
                let x = mirrored(left + column as isize, sides[1]);
                let to = (row + border) * row_length + (column + border) * channels;
                let from = (y * sides[1] + x) * channels;
                input[to..to + channels].copy_from_slice(&plane[from..from + channels]);
            }
        }
        target.copy_from_slice(input);
    }
}

/// The place inside of `0..length` that a mirror at each end shows at `place`.
fn mirrored(place: isize, length: usize) -> usize {
    let period = 2 * length as isize;
    let at = place.rem_euclid(period);
    (if at < length as isize { at } else { period - 1 - at }) as usize
}

/// Where tiles of `tile` pixels begin along a side of `length`: evenly, overlapping by half a tile at least, a quarter of
/// a tile beyond each end; a side that is no longer than a tile takes one in its middle.
fn starts(length: usize, tile: usize) -> Vec<isize> {
    let (length, tile) = (length as isize, tile as isize);
    if length <= tile {
        return vec![(length - tile) / 2];
    }
    let margin = tile / 4;
    let (first, last) = (-margin, length + margin - tile);
    let step = (tile / 2).max(1);
    let gaps = (last - first + step - 1) / step;
    (0..=gaps).map(|gap| first + (last - first) * gap / gaps.max(1)).collect()
}

/// Weights of a tile's pixels along one side.
fn window(length: usize) -> Vec<f64> {
    (0..length).map(|at| (PI * (at as f64 + 0.5) / length as f64).sin().powi(2)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_every_pixel_well_inside_of_one() {
        for tile in [4, 7, 28, 64] {
            for length in 1..4 * tile {
                let starts = starts(length, tile);
                let window = window(tile);
                for place in 0..length as isize {
                    let inside = |start: &&isize| (0..tile as isize).contains(&(place - **start));
                    let weight: f64 =
                        starts.iter().filter(inside).map(|start| window[(place - start) as usize]).sum();
                    // The mean over one tile is that tile, whatever its weights.
                    let least = if starts.len() == 1 { 0.0 } else { 1e-3 };
                    assert!(weight > least, "{place} of {length} in tiles of {tile}: {weight}");
                }
                assert!(
                    starts.windows(2).all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= tile as isize / 2)
                );
            }
        }
    }

    #[test]
    fn mirrors_repeat_the_border() {
        let shown: Vec<usize> = (-3..7).map(|place| mirrored(place, 3)).collect();
        assert_eq!(shown, [2, 1, 0, 0, 1, 2, 2, 1, 0, 0]);
    }
}
