//! Pictures cleaned at their own size.

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
