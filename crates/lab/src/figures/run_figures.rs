//! The figures that every run gets when its training ends.

use data::{Augmentation, Dataset, Splits};
use report::{Figure, LatentGrid};
use run::RunDir;
use train::Plane;

use crate::error::Error;
use crate::figure_files::write_in_run;
use crate::figures::grids;
use crate::figures::latent_points;
use crate::figures::rows;
use crate::losses::loss_unit;
use crate::pictures::Pictures;
use crate::runs::Run;

/// Images decoded from the prior.
const SAMPLES: usize = 60;
/// Epochs whose training images are shown where they are augmented.
const AUGMENTED_EPOCHS: u64 = 5;
/// More points than this make no scatter clearer.
const POINTS: usize = 20_000;

/// A figure that was drawn and written into the run.
pub struct RunFigure {
    /// Name of its files.
    pub name: String,
    /// The figure.
    pub figure: Figure,
    /// What else is to be said of it; empty for nothing.
    pub note: String,
}

/// The figures of a run, each written as soon as it is drawn.
pub struct RunFigures {
    run: RunDir,
    /// In the order in which they were drawn.
    pub figures: Vec<RunFigure>,
}

impl RunFigures {
    /// None yet.
    pub fn new(run: &RunDir) -> Self {
        Self { run: run.clone(), figures: Vec::new() }
    }

    /// Writes a figure and keeps it.
    pub fn keep(&mut self, name: &str, figure: Figure, note: &str) -> Result<(), Error> {
        write_in_run(&self.run, name, &figure)?;
        self.figures.push(RunFigure { name: name.to_owned(), figure, note: note.to_owned() });
        Ok(())
    }

    /// The figure `name`, if it was drawn.
    pub fn find(&self, name: &str) -> Option<&RunFigure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        self.figures.iter().map(|drawn| drawn.name.clone()).collect()
    }
}

/// Draws what applies to every run, on the test images.
pub fn draw(run: &mut Run, splits: &Splits) -> Result<RunFigures, Error> {
    let mut gallery = RunFigures::new(&run.dir);
    let unit = loss_unit(&run.trained.recipe.objective);
    if let Some(figure) = grids::loss_curves(&run.dir.events()?, unit)? {
        gallery.keep("loss-curves", figure, "")?;
    }
    // Rows of a table are no pictures.
    let of_images = run.columns().is_none();
    if of_images {
        if let Some(figure) = augmented(run, &splits.train)? {
            gallery.keep("augmented", figure, "")?;
        }
        let (name, figure) = reconstructions(run, &splits.test)?;
        gallery.keep(name, figure, "")?;
    }
    let model = &mut run.trained.model;
    if of_images && model.network().is_variational() {
        let samples = model.generate(SAMPLES, run.trained.recipe.seed)?;
        gallery.keep("samples", grids::grid(&Pictures::new(samples, model.network().input), &[])?, "")?;
    }
    if model.code_shape().len() == 2 {
        let shown = splits.test.first(POINTS);
        let seen = run.trained.source(&shown);
        let embedding = run.trained.model.encode_from(&seen, shown.len());
        gallery.keep("latent", grids::latent(&embedding, &shown)?, "")?;
        if !of_images {
            return Ok(gallery);
        }
        let grid = match run.trained.recipe.show.manifold {
            Some(Plane { range: (low, high), steps }) => LatentGrid::square(low, high, steps),
            None => grids::natural_grid(&embedding, [0, 1], grids::STEPS),
        };
        let decoded = grids::decode_grid(&mut run.trained.model, &grid, [0, 1])?;
        gallery.keep("manifold", grids::manifold(&decoded, &grid, [0, 1])?, "")?;
    }
    if let (true, Some(figure)) = (of_images, points(run)?) {
        gallery.keep("points", figure, "")?;
    }
    Ok(gallery)
}

/// The first training images as the network saw them in the first epochs, where the recipe changes them.
fn augmented(run: &Run, train: &Dataset) -> Result<Option<Figure>, Error> {
    let recipe = &run.trained.recipe;
    if recipe.data.augment.is_empty() {
        return Ok(None);
    }
    let augmentation = Augmentation::new(&recipe.data.augment, recipe.seed)?;
    let (count, n) = (train.len().min(rows::COLUMNS), train.shape().values());
    let (mut originals, mut target) = (vec![0.0; count * n], vec![0.0; n]);
    for (index, image) in originals.chunks_exact_mut(n).enumerate() {
        train.image(index, image);
    }
    let shape = run.trained.model.network().input;
    let epochs: Vec<Pictures> = (0..AUGMENTED_EPOCHS)
        .map(|epoch| {
            let mut seen = vec![0.0; count * n];
            for (index, input) in seen.chunks_exact_mut(n).enumerate() {
                let transform = run.trained.transform;
                transform.fill_augmented(train, (&augmentation, epoch), epoch, index, input, &mut target);
            }
            Pictures::new(seen, shape)
        })
        .collect();
    rows::augmented(&Pictures::new(originals, shape), &epochs).map(Some)
}

/// What the points that the recipe shows decode to, if it has some of the code's size.
fn points(run: &mut Run) -> Result<Option<Figure>, Error> {
    let model = &mut run.trained.model;
    let dims = model.code_shape().len();
    let shown = run.trained.recipe.show.points.iter().filter(|point| point.len() == dims);
    let points: Vec<&[f32]> = shown.map(Vec::as_slice).collect();
    if points.is_empty() {
        return Ok(None);
    }
    let pictures = Pictures::new(model.decode(&points.concat())?, model.network().input);
    grids::grid(&pictures, &latent_points::captions(&points)).map(Some)
}

/// Originals over reconstructions of images of every class; with the noisy inputs between where there is noise.
pub fn reconstructions(run: &mut Run, set: &Dataset) -> Result<(&'static str, Figure), Error> {
    let (shown, titles) = of_every_class(set, rows::COLUMNS)?;
    let seen = run.trained.source(&shown);
    let made = run.reconstruct(&seen, shown.len());
    if run.trained.recipe.data.is_denoising() {
        return Ok(("denoised", rows::denoised(&made, &titles)?));
    }
    Ok(("reconstructions", rows::reconstructions(&made, &titles)?))
}

/// `count` images of a set, the first of each class, then the second …; and their classes' names.
pub fn of_every_class(set: &Dataset, count: usize) -> Result<(Dataset, Vec<String>), Error> {
    let Some(labels) = set.labels() else { return Ok((set.first(count), Vec::new())) };
    let mut seen = vec![0; set.classes().len()];
    let mut order: Vec<(usize, u32, usize)> = labels
        .iter()
        .enumerate()
        .map(|(index, label)| {
            seen[*label as usize] += 1;
            (seen[*label as usize], *label, index)
        })
        .collect();
    order.sort_unstable();
    order.truncate(count);
    let indices: Vec<usize> = order.iter().map(|(_, _, index)| *index).collect();
    let titles = order.iter().map(|(_, label, _)| set.classes()[*label as usize].clone()).collect();
    Ok((set.subset(&indices)?, titles))
}
