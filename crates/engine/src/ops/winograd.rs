//! Convolutions by square Winograd tiles ([`winograd`](crate::kernels::winograd) has the theory): block after block of
//! tiles, so that their matrices stay in the second-level cache.
//!
//! A block is transformed, multiplied position by position, and transformed back. With stride 2 the big image is four, one
//! for each residue: as the source their products add up in registers, as the target they are computed one after the
//! other.

use super::propagation::Propagation;
use super::shard_gradient::ShardGradient;
use crate::geometry::square_tiles::Tiles;
use crate::graph::environment::{Environment, blocks, offsets};
use crate::kernels::pack::{KernelRows, packed_len};
use crate::kernels::product::{Product, RightFactor, Segment, Start};
use crate::kernels::winograd::{
    GradientTransform, KernelTransform, OutputTransform, PatchTransform, TapGradientTransform, spaced,
};
use crate::layout::index;
use crate::shared::Writer;
use crate::simd::{Isa, Scalar};
use crate::workspace::SLACK;

/// One direction with the transformed kernel it reads.
pub(crate) struct Winograd {
    tiles: Tiles,
    /// Number of the packed matrices.
    pub matrix: usize,
    /// Small → big: the kernel is read turned around.
    is_transposed: bool,
    /// Images that the source is, and the target: the big one is one for each residue of the stride.
    sources: usize,
    targets: usize,
    block: usize,
    /// Offsets of the tiles' rows in the matrices of patches and of products.
    values: Vec<u32>,
    products: Vec<u32>,
}

/// The kernel gradient over the tiles of big → small.
pub(crate) struct WinogradGradient {
    tiles: Tiles,
    block: usize,
    /// Big channels whose sums are formed together.
    part: usize,
    /// Offsets of the big channels in a patch, and of those of a part in a matrix of sums.
    channels: Vec<u32>,
    sums: Vec<u32>,
}

/// Of a stride of 2 along both axes.
const MOST_RESIDUES: usize = 4;

/// Tiles of a block: its two sets of matrices, over so many images each, take 1 MiB of f32, or what twelve tiles take, or
/// 128 where channels are few.
fn block_size(tiles: &Tiles, [sources, targets]: [usize; 2]) -> usize {
    const VALUES: usize = 256 * 1024;
    let channels = sources * tiles.source.channels + targets * tiles.target.channels;
    (VALUES / (tiles.positions() * channels) / 6 * 6).clamp(12, 128)
}

/// Values of a block's two sets of matrices, each with slack behind it.
fn scratch(tiles: &Tiles, [sources, targets]: [usize; 2], block: usize) -> usize {
    let (source, target) = (spaced(block * tiles.source.channels), spaced(block * tiles.target.channels));
    tiles.positions() * (sources * source + targets * target) + 2 * SLACK
}

impl Winograd {
    pub fn new(tiles: Tiles, matrix: usize, is_transposed: bool) -> Self {
        let (sources, targets) =
            if is_transposed { (1, tiles.residues.len()) } else { (tiles.residues.len(), 1) };
        let block = block_size(&tiles, [sources, targets]);
        let (values, products) =
            (offsets(block, tiles.source.channels), offsets(block, tiles.target.channels));
        Self { tiles, matrix, is_transposed, sources, targets, block, values, products }
    }

    /// Values that [`Winograd::run`] needs for itself.
    pub fn scratch(&self) -> usize {
        scratch(&self.tiles, [self.sources, self.targets], self.block)
    }

    /// Rows of each packed matrix.
    fn depth(&self) -> usize {
        self.sources * self.tiles.source.channels
    }

    /// Values of the packed matrices, `[target, position]`.
    pub fn packed_len<T: Scalar>(&self, isa: Isa) -> usize {
        self.targets * self.tiles.positions() * packed_len::<T>(isa, self.depth(), self.tiles.target.channels)
    }

    /// The images of one side, convolved, to the other.
    pub fn run<T: Scalar>(&self, env: Environment<'_, T>, propagation: &mut Propagation<'_, T>) {
        let bias = propagation.bias();
        let Propagation { images, from, to, leak, scratch, .. } = propagation;
        let (images, leak) = (*images, *leak);
        let Tiles { side, source, target, residues, .. } = &self.tiles;
        let (depth, n, positions) = (source.channels, target.channels, self.tiles.positions());
        let at = |image: usize, images: usize| if images == 1 { 0 } else { residues[image].at };
        let packed = env.kernels.buffer(self.matrix);
        let length = packed.len() / (self.targets * positions);
        for block in blocks(images * self.tiles.per_image, self.block) {
            let count = block.len();
            let (a_len, c_len) = (spaced(count * depth), spaced(count * n));
            let set = positions * a_len;
            let (values, products) = scratch.split_at_mut(self.sources * set + SLACK);
            for image in 0..self.sources {
                let patches = PatchTransform {
                    side: *side,
                    source: &from[at(image, self.sources)..],
                    pixels: *source,
                    patches: &self.tiles.patches[block.clone()],
                    out: &mut values[image * set..],
                };
                patches.run(env.isa);
            }
            for (matrix, products) in products.chunks_mut(c_len).take(self.targets * positions).enumerate() {
                let (image, position) = (matrix / positions, matrix % positions);
                // Where no tap is met there are no segments, and the product is 0.
                let (mut segments, mut sources) = ([Segment::default(); MOST_RESIDUES], 0);
                for source in (0..self.sources).filter(|source| residues[source + image].meets[position]) {
                    let [a, b, len] = [source * set, source * depth, depth].map(index);
                    segments[sources] = Segment { a, b, len };
                    sources += 1;
                }
                let product = Product {
                    a: &values[position * a_len..],
                    a_rows: &self.values[..count],
                    b: RightFactor::Packed {
                        data: &packed[matrix * length..(matrix + 1) * length],
                        depth: self.depth(),
                    },
                    segments: &segments[..sources],
                    ..Product::over(products, &self.products[..count], n)
                };
                product.run(env.isa);
            }
            for image in 0..self.targets {
                let outputs = OutputTransform {
                    side: *side,
                    products: &products[image * positions * c_len..],
                    tiles: &self.tiles.tiles[block.clone()],
                    pixels: *target,
                    bias,
                    leak,
                    out: &mut to[at(image, self.targets)..],
                };
                outputs.run(env.isa);
            }
        }
    }

    /// Transforms the whole kernel.
    pub fn pack<T: Scalar>(&self, isa: Isa, packed: &mut Writer<'_, T>, kernel: &KernelRows<'_, T>) {
        for (image, residue) in self.tiles.residues.iter().enumerate() {
            let packed = packed.buffer(self.matrix);
            let transform = KernelTransform {
                side: self.tiles.side,
                kernel: kernel.values,
                rows: kernel.channels,
                columns: kernel.columns,
                is_transposed: self.is_transposed,
                taps: &residue.taps,
                at: if self.is_transposed { image * packed.len() / self.targets } else { 0 },
                first: if self.is_transposed { 0 } else { image * self.tiles.source.channels },
                depth: self.depth(),
                packed,
            };
            transform.run(isa);
        }
    }
}

impl WinogradGradient {
    pub fn new(tiles: Tiles) -> Self {
        // Sums of a part, which become derivatives while they are in the second-level cache, take 192 KiB of f32, or what
        // six channels take. Those over several blocks become derivatives once, behind the last.
        const VALUES: usize = 48 * 1024;
        let (rows, columns) = (tiles.source.channels, tiles.target.channels);
        let block = block_size(&tiles, [1, 1]);
        let part = match tiles.patches.len() <= block {
            true => (VALUES / (tiles.positions() * columns) / 6 * 6).clamp(6, rows),
            false => rows,
        };
        Self { tiles, block, part, channels: offsets(rows, 1), sums: offsets(part, columns) }
    }

    /// Values that [`WinogradGradient::add`] needs for itself.
    pub fn scratch(&self) -> usize {
        scratch(&self.tiles, [1, 1], self.block) + self.sets() * self.set_len()
    }

    /// Sets of sums at a time: one for each residue of the stride, or of a part of the channels that is done with before
    /// the next begins.
    fn sets(&self) -> usize {
        if self.part < self.channels.len() { 1 } else { self.tiles.residues.len() }
    }

    /// Values of the sums of a part, `[position, big channels, small channels]`.
    fn set_len(&self) -> usize {
        self.tiles.positions() * spaced(self.part * self.tiles.target.channels)
    }

    /// Adds the images' part to the kernel's gradient, `[taps, big channels, small channels]`, or writes it there: the
    /// sums over a block of tiles, part by part, or those over all blocks.
    pub fn add<T: Scalar>(&self, isa: Isa, shard: ShardGradient<'_, T>) {
        let ShardGradient { images, big, small, is_new, gradient, scratch } = shard;
        let Tiles { side, source, target, residues, .. } = &self.tiles;
        let (rows, n, positions) = (source.channels, target.channels, self.tiles.positions());
        let (sets, set_len) = (self.sets(), self.set_len());
        let (sums, scratch) = scratch.split_at_mut(sets * set_len);
        let tiles = images * self.tiles.per_image;
        for block in blocks(tiles, self.block) {
            let count = block.len();
            let (a_len, b_len) = (spaced(count * rows), spaced(count * n));
            let (values, slopes) = scratch.split_at_mut(positions * a_len + SLACK);
            let gradients = GradientTransform {
                side: *side,
                gradient: small,
                tiles: &self.tiles.tiles[block.clone()],
                pixels: *target,
                out: slopes,
            };
            gradients.run(isa);
            for (i, residue) in residues.iter().enumerate() {
                let patches = PatchTransform {
                    side: *side,
                    source: &big[residue.at..],
                    pixels: *source,
                    patches: &self.tiles.patches[block.clone()],
                    out: &mut *values,
                };
                patches.run(isa);
                let sums = &mut sums[i % sets * set_len..][..set_len];
                for part in blocks(rows, self.part) {
                    let len = part.len() * n;
                    for (position, sums) in sums.chunks_mut(spaced(len)).take(positions).enumerate() {
                        // Where no tap is met there is no segment, and the sums are 0.
                        let segment =
                            residue.meets[position].then_some(Segment { a: 0, b: 0, len: index(count) });
                        let product = Product {
                            a: &values[position * a_len..],
                            a_rows: &self.channels[part.clone()],
                            a_step: rows,
                            b: RightFactor::Rows { data: &slopes[position * b_len..], step: n },
                            segments: segment.as_slice(),
                            start: if block.start > 0 { Start::Accumulate } else { Start::Zero },
                            ..Product::over(sums, &self.sums[..part.len()], n)
                        };
                        product.run(isa);
                    }
                    if block.end == tiles {
                        let taps = TapGradientTransform {
                            side: *side,
                            products: sums,
                            len,
                            matrix: rows * n,
                            taps: &residue.taps,
                            adds: !is_new,
                            gradient: &mut gradient[part.start * n..],
                        };
                        taps.run(isa);
                    }
                }
            }
        }
    }
}
