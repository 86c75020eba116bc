//! Pictures cleaned at their own size.

use data::{EVALUATION_STEP, ImageShape, InputTransform, PictureEntry};

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

/// Cleans one picture, number `index` of those that are cleaned, at its own size: as it is, as it is given to the network (with noise where some is added), and cleaned.
pub fn clean(
    run: &mut Run,
    listed: &PictureEntry,
    index: usize,
    treatment: Treatment,
    lab: &Lab,
) -> Result<Reconstruction, Error> {
    let Treatment { transform, reading } = treatment;
    let PictureEntry { file, page, shape, .. } = listed;
    let set = run.load_images_of(file, *shape, reading, lab)?.subset(&[*page])?;
    if index == 0 {
        run.warn_if_unlike(&set, reading.invert, lab)?;
    }
    let (mut input, mut target) = (vec![0.0; shape.values()], vec![0.0; shape.values()]);
    // Another picture, other noise.
    transform.fill(&set, EVALUATION_STEP - index as u64, 0, &mut input, &mut target);
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
    Ok(Reconstruction {
        targets: as_given(Pictures { pixels: target, shape: sides }),
        inputs: as_given(inputs),
        outputs: as_given(outputs.picture),
    })
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
