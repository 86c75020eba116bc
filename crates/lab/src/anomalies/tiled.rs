//! Pictures of any size at their own scale: how strange they are, and where.

use analysis::{PicturePair, threshold};
use data::{EVALUATION_STEP, ImageShape, PictureEntry};

use super::heat_maps::{Heat, HeatMaps};
use super::normal::NO_NORMAL;
use super::statistics::{NormalStatistics, TileStatistics};
use crate::error::Error;
use crate::lab::Lab;
use crate::pictures::Pictures;
use crate::runs::{ImageRequest, ReadingOptions, Run};
use crate::tiles;

/// What pictures are compared with, tile by tile.
pub struct TileJudge {
    normal: TileStatistics,
    false_positives: f64,
}

/// How strange a picture is at its own scale.
pub struct TiledAnomaly {
    /// The picture in the network's colours, [1, height, width, channels].
    pub picture: Pictures,
    /// Where it is strange.
    pub heat: Heat,
    /// Its hottest pixel.
    pub score: f64,
    /// From where on it is called anomalous: the more tiles' areas it has, the higher.
    pub threshold: f64,
    /// The tiles that went through the network.
    pub tiles: usize,
}

impl TiledAnomaly {
    /// Whether it is called anomalous.
    pub fn is_flagged(&self) -> bool {
        self.score > self.threshold
    }
}

impl TileJudge {
    /// By the validation images of `run`, or what it has kept of them. Of normal pictures, whatever their size, the share
    /// `false_positives` in (0, 1) may be flagged.
    ///
    /// # Errors
    /// If there are no normal images, or fewer than ten.
    pub fn new(
        run: &mut Run,
        request: &ImageRequest,
        false_positives: f64,
        samples: u64,
        lab: &Lab,
    ) -> Result<Self, Error> {
        run.check_images("anomalies --tiles")?;
        let normal = NormalStatistics::of(run, request, None, samples, lab)?.and_then(|normal| normal.tiles);
        let normal = normal.ok_or_else(|| {
            let run = run.dir.path().display();
            Error::refused(format!("--tiles: {run} has no normal images to compare with")).hint(NO_NORMAL)
        })?;
        threshold(&normal.peaks, false_positives)?;
        Ok(Self { normal, false_positives })
    }

    /// Judges one picture. It goes through the network in overlapping tiles whose reconstructions are blended, and is then
    /// described as a whole: no edge of a tile shows. All its pixels are compared with all of normal images.
    ///
    /// The hottest of k tiles' areas stays below a threshold with the k-th power of the probability that one does, so that
    /// the share of false positives of one is 1 − (1 − p)^(1/k) (Šidák 1967).
    ///
    /// # Errors
    /// If the picture cannot be read.
    pub fn judge(
        &self,
        run: &mut Run,
        listed: &PictureEntry,
        reading: ReadingOptions,
        lab: &Lab,
    ) -> Result<TiledAnomaly, Error> {
        let PictureEntry { file, page, shape, .. } = listed;
        let net = run.unpadded_shape();
        let shape = ImageShape { channels: net.channels, ..*shape };
        let set = run.load_images_of(file, shape, reading, lab)?.subset(&[*page])?;
        let (mut input, mut target) = (vec![0.0; shape.values()], vec![0.0; shape.values()]);
        run.own_transform(None)?.fill(&set, EVALUATION_STEP, 0, &mut input, &mut target);
        let sides = [1, shape.height, shape.width, shape.channels];
        let pad = run.trained.recipe.data.pad;
        let made = tiles::reconstruct(&mut run.trained.model, &Pictures { pixels: input, shape: sides }, pad);
        let pair = PicturePair { picture: &target, reconstruction: &made.picture.pixels };
        let values = self.normal.pixels.heat(pair, shape.height, shape.width);
        let maps = HeatMaps { values, shape: [1, shape.height, shape.width] };
        let areas = (shape.height * shape.width) as f64 / (net.height * net.width) as f64;
        let of_one = -(f64::ln_1p(-self.false_positives) / areas.max(1.0)).exp_m1();
        let threshold = threshold(&self.normal.peaks, of_one)?.score;
        let score = maps.peaks().first().copied().unwrap_or_default();
        let heat = Heat { maps, normal: threshold as f32 };
        Ok(TiledAnomaly {
            picture: Pictures { pixels: target, shape: sides },
            heat,
            score,
            threshold,
            tiles: made.tiles,
        })
    }
}
