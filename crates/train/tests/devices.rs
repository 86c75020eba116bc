//! Recipes on two devices: the engine and the reference, which share no numerics.

mod small;

use engine::{Executor, Isa, Options};
use model::ModelError;
use network::{Device, Draw, Images, Network, Noise, StepSettings, Term, Terms};
use random::Stream;
use reference::{Number, Reference};
use train::{RECIPES, Recipe, Record, Trainer};

const BATCH: usize = 3;

fn reference<T: Number>(network: &Network, batch: usize) -> Result<Box<dyn Device<T>>, ModelError> {
    Ok(Box::new(Reference::new(network, batch)?))
}

/// Drawings: strokes on a background of 0.
fn images<T: Number>(values: usize) -> Vec<T> {
    let mut images = vec![0.0f32; values];
    Stream::new(5, "images").uniforms(0, 0, &mut images);
    images.into_iter().map(|value| T::from_f64(if value < 0.6 { 0.0 } else { f64::from(value) })).collect()
}

/// Loss terms and gradient of a batch, and the totals of some steps.
struct Results<T> {
    terms: Terms,
    gradient: Vec<T>,
    totals: [f64; 3],
}

impl<T: Number> Results<T> {
    fn new(mut device: Box<dyn Device<T>>, recipe: &Recipe) -> Self {
        let images = images::<T>(BATCH * device.network().input.len());
        let noise = Noise::Drawn { stream: Stream::new(1, "posterior noise"), step: 4 };
        let draw = Draw { seed: 1, step: 4 };
        device.initialize(recipe.seed);
        // Biases off 0: where all that a unit sees is 0, rounding decides on which side of a ReLU's kink it is.
        let mut parameters = device.parameters();
        let mut nudge = vec![0.0f32; parameters.len()];
        Stream::new(3, "nudge").normals(0, 0, &mut nudge);
        for (parameter, nudge) in std::iter::zip(&mut parameters, nudge) {
            *parameter = T::from_f64(parameter.to_f64() + 0.05 * f64::from(nudge));
        }
        assert!(device.set_parameters(&parameters));
        device.set_optimizer(recipe.optimizer.rule);
        let terms = device.differentiate(&Images(&images), BATCH, noise, draw);
        let gradient = device.gradient();
        let learning_rate = recipe.optimizer.learning_rate;
        let clip_norm = recipe.optimizer.clip_norm;
        let settings = StepSettings { noise, draw, learning_rate, kl_factor: 0.5, clip_norm };
        let totals = [(); 3].map(|()| device.step(&Images(&images), BATCH, settings).total());
        Self { terms, gradient, totals }
    }

    /// Each number within `tolerance` of the truth, relative to the largest of its kind; totals of the first `steps` steps.
    fn check(&self, truth: &Self, name: &str, network: &Network, tolerance: f64, steps: usize) {
        let close = |what: &str, found: f64, truth: f64, scale: f64| {
            let error = (found - truth).abs() / scale.abs();
            assert!(error <= tolerance, "{name}: {what}: {found}, the reference {truth} ({error:e})");
        };
        for term in Term::ALL {
            let scale = truth.terms.total().abs().max(truth.terms[*term].abs());
            close(term.name(), self.terms[*term], truth.terms[*term], scale);
        }
        let truth_scale = truth.gradient.iter().fold(0.0f64, |most, slope| most.max(slope.to_f64().abs()));
        for view in network::parameter_views(network).unwrap() {
            let [found, truth] = [self, truth].map(|results| results.gradient[view.range.clone()].iter());
            // A bias before batch normalisation has no slope but rounding.
            let largest = truth.clone().fold(0.0f64, |most, slope| most.max(slope.to_f64().abs()));
            let scale = if largest < 1e-9 * truth_scale { truth_scale } else { largest };
            for (found, truth) in std::iter::zip(found, truth) {
                close(&view.name, found.to_f64(), truth.to_f64(), scale);
            }
        }
        for (found, wanted) in std::iter::zip(self.totals, truth.totals).take(steps) {
            close("total of steps", found, wanted, wanted);
        }
    }
}

#[test]
fn a_step_of_every_recipe_is_the_same_on_both() {
    for built_in in RECIPES {
        let (name, recipe) = (built_in.name, Recipe::open(built_in.name, &[]).unwrap());
        let plan = recipe.check(recipe.input_shape().unwrap()).unwrap();
        let network = plan.network();
        // In f64 the two differ by rounding only, though Adam's first steps go by the signs of slopes, of whatever size.
        let options = Options { batch: BATCH, threads: 2, isa: Isa::Plain };
        let found = Results::<f64>::new(Box::new(Executor::new(network, options).unwrap()), &recipe);
        found.check(&Results::new(reference(network, BATCH).unwrap(), &recipe), name, network, 1e-8, 3);
        // As recipes are trained. Where normalisation leaves slopes that are rounding alone, Adam steps by their signs, too.
        let steps = if recipe.data.path.is_some() { 1 } else { 3 };
        let found = Results::new(small::threads(2).open(network, BATCH).unwrap(), &recipe);
        found.check(
            &Results::new(reference::<f32>(network, BATCH).unwrap(), &recipe),
            name,
            network,
            1e-4,
            steps,
        );
    }
}

#[test]
fn a_training_ends_at_the_same_loss_on_both() {
    let recipe = small::recipe(&["data.count=200", "training.epochs=2"]);
    let splits = small::open(&recipe);
    let plan = recipe.check(splits.train.shape()).unwrap();
    let trainers = [
        Trainer::new(plan.clone(), &splits, small::threads(2)).unwrap(),
        Trainer::on(plan, &splits, reference).unwrap(),
    ];
    let [found, truth] = trainers.map(|mut trainer| {
        let outcome = trainer.train(&mut Record::none(), &mut (), &small::GO).unwrap();
        assert_eq!(outcome.epochs, 2);
        let model = trainer.into_model();
        assert_eq!(model.parameters().len(), model::Summary::new(model.network()).unwrap().parameters);
        outcome.best.unwrap().total
    });
    assert!((found - truth).abs() <= 1e-4 * truth, "{found}, the reference {truth}");
}
