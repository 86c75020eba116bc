//! Nets for images of every size, and what is said of them.

use std::time::Duration;

use data::ImageShape;

use super::*;
use crate::recipe::plan::Plan;
use crate::recipe::purpose::Purpose;

/// A machine on which any net is quick.
fn quick(_: &Plan) -> Result<f64, TrainError> {
    Ok(1e-4)
}

/// Some photographs.
fn demand(shape: ImageShape) -> Demand<'static> {
    Demand {
        data: "photos",
        images: 500,
        shape,
        is_table: false,
        size: None,
        are_tiles: false,
        noise: Some(data::Noise::gaussian(0.2)),
        purpose: Purpose::Vae,
        aim: None,
        budget: USUAL_BUDGET,
        latent: None,
    }
}

fn chosen(shape: ImageShape, purpose: Purpose, latent: Option<u32>) -> ChosenRecipe {
    let demand = Demand { purpose, latent, ..demand(shape) };
    choose_recipe(&demand, &[], &mut quick).unwrap_or_else(|error| panic!("{shape}: {error}"))
}

#[test]
fn every_size_and_number_of_channels_gets_a_net_that_fits() {
    let sides = (1..=40).chain([48, 63, 64, 65, 70, 96, 97, 127, 128, 255, 257, 300, 333, 640, 1023, 1024]);
    for (side, other) in sides.clone().flat_map(|side| sides.clone().map(move |other| (side, other))) {
        let shape = ImageShape::new(side, other, 1 + (side + other) % 4);
        let ChosenRecipe { recipe, reasons } = chosen(shape, Purpose::Vae, None);
        let plan = recipe.check(shape).unwrap_or_else(|error| panic!("{shape}: {error}"));
        assert!(reasons[0].contains(&format!("{side} × {other}")), "{reasons:?}");
        let views = network::parameter_views(plan.network()).unwrap();
        let parameters = views.last().unwrap().range.end;
        assert!(parameters < 6_000_000, "{shape}: {parameters} parameters");
    }
}

#[test]
fn each_purpose_has_its_code_and_its_loss() {
    for shape in
        [(5, 7, 1), (28, 28, 1), (17, 40, 3), (300, 300, 3), (1, 2, 1), (4, 3, 3), (1, 9, 1), (2, 2, 4)]
            .map(|(h, w, c)| ImageShape::new(h, w, c))
    {
        let ae = chosen(shape, Purpose::Ae, Some(2)).recipe.check(shape).unwrap();
        let shapes = ae.network().shapes().unwrap();
        assert!(shapes.code.len() == 2 && !ae.network().is_variational());
        let denoiser = chosen(shape, Purpose::Denoiser, None).recipe;
        assert_eq!(denoiser.data.input.noise, Some(data::Noise::gaussian(0.2)));
        let code = denoiser.check(shape).unwrap().network().shapes().unwrap().code;
        assert!(code == network::Shape::image(shape.height, shape.width, shape.channels), "{shape}: {code}");
        let size = 9.min(shape.values() as u32);
        let small = chosen(shape, Purpose::Denoiser, Some(size)).recipe.check(shape).unwrap();
        assert_eq!(small.network().shapes().unwrap().code.len(), size as usize);
    }
}

#[test]
fn batches_are_not_larger_than_what_there_is() {
    for (images, batch, there) in [(1, 1, "is 1 image and"), (5, 5, "are 5 images and"), (90, 16, "are 90")] {
        let shape = ImageShape::new(28, 28, 1);
        let demand = Demand { data: "p", images, ..demand(shape) };
        let ChosenRecipe { recipe, reasons } = choose_recipe(&demand, &[], &mut quick).unwrap();
        assert_eq!(recipe.training.batch_size, batch);
        assert!(reasons[2].contains(&format!("because there {there}")), "{reasons:?}");
    }
}

#[test]
fn unequal_sizes_become_squares_and_large_ones_are_halved_and_it_is_said_why() {
    let size = |median, uniform| {
        let survey = Survey { images: 90_000, median, uniform, grey: true };
        choose_size(&survey).map(|(size, reason)| {
            assert!(reason.contains(&format!("become {} × {} pixels", size[0], size[1])), "{reason}");
            size
        })
    };
    assert_eq!(size([100, 90], false), Some([64, 64]));
    assert_eq!(size([8, 9], false), Some([16, 16]));
    assert_eq!(size([300, 300], true), Some([150, 150]));
    assert_eq!(size([480, 640], true), Some([120, 160]));
    for own in [[4, 5], [8, 8], [28, 28], [70, 70], [48, 96], [256, 256]] {
        assert_eq!(size(own, true), None);
    }
}

#[test]
fn reasons_are_of_what_is_trained() {
    let shape = ImageShape::new(28, 28, 3);
    let demand = Demand { data: "p", images: 90, latent: Some(8), ..demand(shape) };
    let reasons = |settings: &[&str]| {
        let settings: Vec<Override> = settings.iter().map(|setting| setting.parse().unwrap()).collect();
        choose_recipe(&demand, &settings, &mut quick).unwrap().reasons
    };
    let own = reasons(&[]);
    assert!(own[0].contains("code of 8 numbers") && own[1].contains("learned width, because"), "{own:?}");
    let asked = reasons(&[
        "training.epochs=1",
        "objective.reconstruction.loss=squared_error",
        "model.latent.kind=deterministic",
    ]);
    assert_eq!(asked[2], "training: 1 epoch in batches of 16, as it was asked for");
    assert_eq!(asked[1], "loss: squared error, as it was asked for; an autoencoder, which does not generate");
    assert!(asked[0].contains("code of 8 numbers"), "{asked:?}");
}

#[test]
fn faults_are_told_of_what_was_typed() {
    let shape = ImageShape::new(28, 28, 1);
    let demand = Demand { images: 9, ..demand(shape) };
    let message = |setting: &str| {
        let error = choose_recipe(&demand, &[setting.parse().unwrap()], &mut quick)
            .map(|chosen| chosen.recipe.check(shape).map_err(TrainError::from));
        match error {
            Err(error) | Ok(Err(error)) => error.to_string(),
            Ok(Ok(_)) => panic!("accepted: {setting}"),
        }
    };
    assert_eq!(
        message("training.epochs=0"),
        "command line: training.epochs = 0: must lie between 1 and 1000000"
    );
    let misfit = message("model.decoder[0].units=7");
    assert!(misfit.starts_with("the recipe chosen for photos: model.decoder[1].shape = "), "{misfit}");
}

/// A machine that takes as long for an image as its parameters say.
fn by_parameters(plan: &Plan) -> Result<f64, TrainError> {
    let views = network::parameter_views(plan.network()).unwrap();
    Ok(1e-9 * views.last().unwrap().range.end as f64)
}

#[test]
fn more_time_gives_a_wider_net_or_more_epochs() {
    let shape = ImageShape::new(64, 64, 3);
    let of = |seconds: u64, images: usize| {
        let demand = Demand { images, budget: Duration::from_secs(seconds), ..demand(shape) };
        let chosen = choose_recipe(&demand, &[], &mut by_parameters).unwrap();
        let parameters = by_parameters(&chosen.recipe.check(shape).unwrap()).unwrap();
        let time = parameters * images as f64 * chosen.recipe.training.epochs as f64;
        assert!(time <= seconds as f64, "{time} s of {seconds}");
        (parameters, chosen.recipe.training.epochs)
    };
    let (quick, some, long) = (of(20, 1_500), of(500, 1_500), of(4_000, 1_500));
    assert!(quick.0 < some.0 && some.0 <= long.0, "{quick:?} {some:?} {long:?}");
    assert!(long.1 > some.1 && long.1 <= 300, "{long:?}");
    assert_eq!(of(1_000_000, 1_000_000).0, long.0);
}

#[test]
fn each_use_has_its_net_and_says_so() {
    let shape = ImageShape::new(64, 64, 3);
    for (aim, code, is_variational) in
        [(Aim::Embedding, 64, false), (Aim::Generation, 32, true), (Aim::Anomalies, 16, false)]
    {
        let demand = Demand { images: 900, purpose: aim.purpose(), aim: Some(aim), ..demand(shape) };
        let ChosenRecipe { recipe, reasons } = choose_recipe(&demand, &[], &mut quick).unwrap();
        let plan = recipe.check(shape).unwrap();
        let shapes = plan.network().shapes().unwrap();
        assert_eq!((shapes.code.len(), plan.network().is_variational()), (code, is_variational));
        assert!(plan.augmentation().is_some());
        assert!(reasons[1].contains(&format!("for {}", aim.name())), "{reasons:?}");
        assert!(reasons[3].starts_with("augmentation: ") && reasons[4].starts_with("overfitting: "));
        assert!(recipe.training.early_stopping.is_some() && recipe.optimizer.rule.name() == "adamw");
    }
}

#[test]
fn denoisers_stop_early_where_noise_can_be_learned_by_heart() {
    let shape = ImageShape::new(64, 64, 3);
    let noise = demand(shape).noise;
    for (noise, stops) in [(noise, false), (None, true)] {
        let demand = Demand { noise, purpose: Purpose::Denoiser, ..demand(shape) };
        let ChosenRecipe { recipe, reasons } = choose_recipe(&demand, &[], &mut quick).unwrap();
        assert_eq!(recipe.optimizer.rule.name(), "adam");
        assert_eq!(recipe.training.early_stopping.is_some(), stops);
        let is_said = reasons.iter().any(|reason| reason.starts_with("overfitting: training stops after "));
        assert_eq!(is_said, stops, "{reasons:?}");
    }
}

#[test]
fn few_images_vary_and_many_do_not() {
    let augment = |images: usize, channels: usize| {
        let shape = ImageShape::new(64, 64, channels);
        let ChosenRecipe { recipe, reasons } =
            choose_recipe(&Demand { images, ..demand(shape) }, &[], &mut quick).unwrap();
        let is_said = reasons.iter().any(|reason| reason.starts_with("augmentation: "));
        assert_eq!(is_said, recipe.data.augment != Default::default(), "{reasons:?}");
        (recipe.data.augment.flip.is_some(), recipe.data.augment.shift)
    };
    // Digits are not mirrored.
    assert_eq!(augment(900, 3), (true, Some(0.05)));
    assert_eq!(augment(900, 1), (false, Some(0.05)));
    assert_eq!(augment(60_000, 3), (false, None));
}
