//! Pictures cleaned at their own size.

use std::fmt;

use analysis::{ImageQuality, image_quality};
use data::{Dataset, EVALUATION_STEP, ImageShape, InputTransform, OriginalPicture, PictureEntry};

use crate::error::Error;
use crate::lab::Lab;
use crate::numbers::count;
use crate::pictures::Pictures;
use crate::runs::{ReadingOptions, Reconstruction, Run};
use crate::tiles;

/// What becomes of images before the network sees them.
#[derive(Clone, Copy, Debug)]
pub struct Treatment {
    /// Noise that is added, binarisation.
    pub transform: InputTransform,
    /// Where black and white change places, they do so again behind the network.
    pub reading: ReadingOptions,
}

/// Says once what is done with images of other shapes than the network's.
pub fn say_how(pictures: &[PictureEntry], net: ImageShape, lab: &Lab) {
    let shapes = || pictures.iter().map(|picture| picture.shape);
    let sizes = shapes().filter(|shape| (shape.height, shape.width) != (net.height, net.width)).count();
    let size = format!("{} × {} pixels", net.height, net.width);
    if sizes > 0 {
        let images = count(sizes, "image");
        lab.note(format_args!(
            "{images} of another size than the run's {size}: cleaned by overlapping tiles of that size, at their own scale"
        ));
    }
    let colours = shapes().filter(|shape| shape.channels > net.channels).count();
    if colours > 0 {
        let images = count(colours, "image");
        lab.note(format_args!("{images} with colours, through a grey network: channel by channel"));
    }
}

/// A picture that is cleaned.
#[derive(Clone, Copy, Debug)]
pub struct Patient<'a> {
    /// Its number among those that are cleaned.
    pub index: usize,
    /// Where it is.
    pub listed: &'a PictureEntry,
    /// Where it is without what is wrong with it, if that is known.
    pub clean: Option<&'a PictureEntry>,
}

/// A picture before and after.
pub struct CleanedPicture {
    /// As it is to be (as it is, where nobody knows), as it is given to the network (with noise where some is added), and
    /// cleaned.
    pub pictures: Reconstruction,
    /// As its file has it.
    pub original: OriginalPicture,
}

impl CleanedPicture {
    /// How close it was to its clean image, and how close it is; `None` where it is too small for SSIM.
    ///
    /// # Errors
    /// If the images cannot be compared.
    pub fn quality(&self) -> Result<Option<[ImageQuality; 2]>, Error> {
        let Reconstruction { targets, inputs, outputs } = &self.pictures;
        if !targets.are_comparable() {
            return Ok(None);
        }
        let of = |pictures: &Pictures| image_quality(&targets.pixels, &pictures.pixels, targets.shape);
        Ok(Some([of(inputs)?[0], of(outputs)?[0]]))
    }
}

/// Cleans one picture at its own size, with all the bits that its file has.
pub fn clean(
    run: &mut Run,
    patient: Patient<'_>,
    treatment: Treatment,
    lab: &Lab,
) -> Result<CleanedPicture, Error> {
    let Treatment { transform, reading } = treatment;
    let Patient { index, listed, clean } = patient;
    let PictureEntry { file, shape, .. } = listed;
    let (set, original) = load(run, listed, *shape, reading, lab)?;
    if index == 0 {
        run.warn_if_unlike(&set, reading.invert, lab)?;
    }
    let (mut input, mut target) = (vec![0.0; shape.values()], vec![0.0; shape.values()]);
    // Another picture, other noise.
    transform.fill(&set, EVALUATION_STEP - index as u64, 0, &mut input, &mut target);
    if let Some(clean) = clean {
        load(run, clean, *shape, reading, lab)?.0.image(0, &mut target);
    }
    let sides = [1, shape.height, shape.width, shape.channels];
    let inputs = Pictures { pixels: input, shape: sides };
    let data = &run.trained.recipe.data;
    let (pad, inverted) = (data.pad, data.invert != reading.invert);
    let outputs = tiles::reconstruct(&mut run.trained.model, &inputs, pad);
    lab.detail(format_args!("{}: {} tiles", file.display(), outputs.tiles));
    // A network of light on dark gives dark on light back as it came.
    let as_given = |pictures: Pictures| match inverted {
        true => Pictures { pixels: pictures.pixels.iter().map(|value| 1.0 - value).collect(), ..pictures },
        false => pictures,
    };
    let pictures = Reconstruction {
        targets: as_given(Pictures { pixels: target, shape: sides }),
        inputs: as_given(inputs),
        outputs: as_given(outputs.picture),
    };
    Ok(CleanedPicture { pictures, original })
}

/// A picture as the network takes it but for its size, and as its file has it.
fn load(
    run: &Run,
    listed: &PictureEntry,
    shape: ImageShape,
    reading: ReadingOptions,
    lab: &Lab,
) -> Result<(Dataset, OriginalPicture), Error> {
    let data = &run.trained.recipe.data;
    let original = OriginalPicture::read(listed, data.range, data.background.unwrap_or_default())?;
    let set = match original.values().filter(|values| values.len() == shape.values()) {
        None => run.load_images_of(&listed.file, shape, reading, lab)?.subset(&[listed.page])?,
        Some(values) => {
            let set = Dataset::from_floats(listed.name.clone(), shape, values)?;
            if data.invert != reading.invert { set.inverted() } else { set }
        }
    };
    Ok((set, original))
}

/// What of pictures stands side by side: whole ones where they are of one shape and not large, else their middles, at their
/// own scale: noise does not outlive resizing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    height: usize,
    width: usize,
    channels: usize,
    /// Whether it is a part of some.
    pub is_part: bool,
}

impl Window {
    /// Over pictures of these shapes, one at least: as large as most of them.
    ///
    /// ```
    /// use data::ImageShape;
    /// use lab::denoising::Window;
    ///
    /// let shapes = [ImageShape::new(427, 640, 3), ImageShape::new(300, 90, 3), ImageShape::new(16, 16, 1)];
    /// let window = Window::over(&shapes);
    /// assert_eq!(window.to_string(), "128 × 90 pixels");
    /// assert!(window.is_part && window.fits(shapes[1]) && !window.fits(shapes[2]));
    /// ```
    pub fn over(shapes: &[ImageShape]) -> Self {
        // Sides of a whole picture that still shows its pixels, and of a part of one.
        const LARGEST: usize = 256;
        const PART: usize = 128;
        let median = |side: fn(&ImageShape) -> usize| {
            let mut sides: Vec<usize> = shapes.iter().map(side).collect();
            sides.sort_unstable();
            // The lower one, so that more than half are as high, and as wide, and some are both.
            sides[(sides.len() - 1) / 2]
        };
        let (height, width) = (median(|shape| shape.height), median(|shape| shape.width));
        let is_whole = height.max(width) <= LARGEST
            && shapes.iter().all(|shape| (shape.height, shape.width) == (height, width));
        let most = if is_whole { LARGEST } else { PART };
        let channels = shapes.iter().map(|shape| shape.channels).max().unwrap_or(1);
        Self { height: height.min(most), width: width.min(most), channels, is_part: !is_whole }
    }

    /// Whether a picture of this shape is as large.
    pub fn fits(self, shape: ImageShape) -> bool {
        shape.height >= self.height && shape.width >= self.width
    }

    /// What it shows of a picture, in which it fits, and of what became of that.
    pub fn cut(self, of: &Reconstruction) -> Reconstruction {
        Reconstruction {
            targets: self.middle(&of.targets),
            inputs: self.middle(&of.inputs),
            outputs: self.middle(&of.outputs),
        }
    }

    fn middle(self, pictures: &Pictures) -> Pictures {
        let Self { height, width, channels, .. } = self;
        let [_, rows, columns, own] = pictures.shape;
        let (top, left) = ((rows - height) / 2, (columns - width) / 2);
        // Grey among colours stays grey.
        let pixel =
            |at: usize| (0..channels).map(move |channel| pictures.pixels[at * own + channel.min(own - 1)]);
        let places = (top..top + height)
            .flat_map(|row| (left..left + width).map(move |column| row * columns + column));
        Pictures { pixels: places.flat_map(pixel).collect(), shape: [1, height, width, channels] }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {} pixels", self.height, self.width)
    }
}

/// Pictures of one shape, in one.
pub fn together(each: Vec<Reconstruction>) -> Reconstruction {
    let joined = |of: fn(&Reconstruction) -> &Pictures| {
        let shape = each.first().map_or([0; 4], |first| of(first).shape);
        let pixels = each.iter().flat_map(|one| of(one).pixels.iter().copied()).collect();
        Pictures { pixels, shape: [each.len(), shape[1], shape[2], shape[3]] }
    };
    Reconstruction {
        targets: joined(|one| &one.targets),
        inputs: joined(|one| &one.inputs),
        outputs: joined(|one| &one.outputs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middles_stand_side_by_side_at_their_own_scale() {
        let shapes = [ImageShape::new(5, 300, 3), ImageShape::new(3, 2, 1), ImageShape::new(3, 3, 1)];
        let window = Window::over(&shapes);
        assert_eq!(window, Window { height: 3, width: 3, channels: 3, is_part: true });
        assert_eq!(shapes.map(|shape| window.fits(shape)), [true, false, true]);
        let numbered = |ImageShape { height, width, channels }: ImageShape| Pictures {
            pixels: (0..height * width * channels).map(|at| at as f32).collect(),
            shape: [1, height, width, channels],
        };
        let wide = window.middle(&numbered(shapes[0]));
        assert_eq!((wide.shape, wide.pixels[0], wide.pixels[13]), ([1, 3, 3, 3], 1344.0, 2248.0));
        let grey = window.middle(&numbered(shapes[2]));
        assert_eq!((grey.shape, &grey.pixels[3..9]), ([1, 3, 3, 3], &[1.0, 1.0, 1.0, 2.0, 2.0, 2.0][..]));
    }

    #[test]
    fn small_pictures_of_one_size_are_whole_and_large_ones_are_not() {
        let crossed = [ImageShape::new(100, 10, 1), ImageShape::new(10, 100, 1)];
        assert!(crossed.iter().any(|shape| Window::over(&crossed).fits(*shape)));
        let over = |side: usize| Window::over(&[ImageShape::new(side, side, 1); 2]);
        assert_eq!(over(256), Window { height: 256, width: 256, channels: 1, is_part: false });
        assert_eq!(over(257), Window { height: 128, width: 128, channels: 1, is_part: true });
    }
}
