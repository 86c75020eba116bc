//! The tables of a recipe, a line for each key.

use network::{Bound, Fallback, Key, LARGEST, Values};

use super::section::Section;
use Bound::{Open, With, Without};
use Fallback::{Required, Value, Words};
use Values::{Choice, Flag, Name, Number, Other, Table, Text, Whole};

const REDUCTION: Values = Choice(&["sum", "mean"]);
const NOT_NEGATIVE: Values = Number(With(0.0), Open);
const POSITIVE: Values = Number(Without(0.0), Open);
const DECAY: Values = Number(With(0.0), Without(1.0));
const AT_LEAST_ONE: Values = Whole(1, LARGEST);
const PLANE_RANGE: Values =
    Other { kind: "[number, number]", range: "the smaller first", refused: &["[1.0, 1.0]", "[2.0, 1.0]", "[0.0]"] };
/// Images that are held out of others.
const HELD_OUT: &str = "a number of images from 1; a part above 0 and below 1; { first = N }, { last = N }, { count = N }, \
                        { fraction = 0.1 }";
const HELD_OUT_NOT: &[&str] =
    &["0", "0.0", "1.0", "{ first = 0 }", "{ last = 0 }", "{ fraction = 1.0 }", "{ first = 1, last = 1 }", "{ odd = 1 }"];

pub(super) const LATENT_PLANE: &[Key] = &[
    Key::new("range", PLANE_RANGE, Required, "[-4.0, 4.0]", "Both coordinates run from the first to the second."),
    Key::new("steps", Whole(1, 200), Required, "15", "Points in each direction."),
];

pub(super) const SECTIONS: &[Section] = &[
    Section {
        name: "recipe",
        about: "The top of the file.",
        keys: &[
            Key::new("schema", Whole(1, 1), Value("1"), "1", "Version of the format."),
            Key::new("name", Name, Required, "\"faces\"", "Runs are named after it."),
            Key::new("description", Text, Value("\"\""), "\"A small VAE\"", "One line for people."),
            Key::new("seed", Whole(0, LARGEST), Value("0"), "7", "Seed of first weights, shuffles and noise."),
            Key::new("data", Table, Required, "{ name = \"mnist\" }", "Which images, and how they are split."),
            Key::new("model", Table, Required, MODEL, "Encoder, latent code, decoder."),
            Key::new("objective", Table, Required, "{ reconstruction = { weight = 2.0 } }", "What is minimised."),
            Key::new("optimizer", Table, Required, "{ kind = \"sgd\", learning_rate = 0.1 }", "How."),
            Key::new("training", Table, Required, "{ epochs = 5, batch_size = 32 }", "For how long."),
            Key::new("show", Table, Value("{}"), "{ points = [[0.0, 0.0]] }", "What is drawn of the latent space."),
        ],
    },
    Section {
        name: "data",
        about: "Exactly one of `name` and `path` is given. What opens, and how it is read: [data.md](data.md).",
        keys: &[
            Key::new("name", Choice(&["synthetic-digits", "mnist", "fashion-mnist"]), Required, "\"fashion-mnist\"", "A data set of the catalogue; `latentlab data` lists them."),
            Key::new("path", Text, Required, "\"photos\"", "A folder of images, IDX files, an array, or a table."),
            Key::new("count", Whole(10, 10_000_000), Words("12,000"), "30_000", "Drawn digits, test images included."),
            Key::new("size", Other { kind: "whole number or [height, width]", range: "16 to 512 of drawn digits, 1 to 4096 from a path", refused: &["0", "4097", "[28, 0]"] }, Words("28 of drawn digits, their own from a path"), "[48, 64]", "Size of the images in pixels."),
            Key::new("clean", Text, Words("the images themselves"), "\"clean\"", "Folder of what the images of `path` should become: the same images under the same names, of the same sizes."),
            Key::new("fit", Choice(&["resize", "crop", "pad", "tiles"]), Words("\"resize\""), "\"crop\"", "How images come to `size`: stretched, the centre cut out, with borders, or cut into tiles at their own scale, each an image (a `fraction` held out is then one of whole pictures)."),
            Key::new("channels", Choice(&["auto", "grey", "rgb"]), Words("\"auto\""), "\"grey\"", "What is kept of the colours; grey if all images are, with \"auto\"."),
            Key::new("kind", Choice(&["images", "table"]), Words("by the file"), "\"table\"", "What the path holds."),
            Key::new("range", Other { kind: "[number, number]", range: "two different numbers", refused: &["[1.0, 1.0]", "[1.0]"] }, Words("found from the values"), "[0.0, 4095.0]", "The values that are black and white."),
            Key::new("background", Choice(&["black", "white"]), Words("black, or white where more images would vanish on black"), "\"white\"", "What lies behind transparent pixels."),
            Key::new("invert", Flag, Value("false"), "true", "Whether black and white change places."),
            Key::new("array", Text, Words("the usual names"), "\"images\"", "The array of a file that holds images or rows."),
            Key::new("label", Text, Words("the usual names"), "\"digit\"", "The array or column that holds labels; \"none\" for no labels."),
            Key::new("impute", Choice(&["mean"]), Words("missing values are an error"), "\"mean\"", "What missing values of a table become."),
            Key::new("skip_broken", Flag, Value("false"), "true", "Whether broken image files are left out."),
            Key::new("pad", Whole(0, 1024), Value("0"), "2", "Rows and columns of zeros added on each side."),
            Key::new("test", Other { kind: "text, number or table", range: "the path of a folder or file of their own; else as `valid`", refused: HELD_OUT_NOT }, Words("the set's own, else a random tenth"), "{ last = 20 }", "Which images test."),
            Key::new("valid", Other { kind: "text, number or table", range: HELD_OUT, refused: HELD_OUT_NOT }, Words("the set's own, the last 10,000 of a published set, else a random tenth"), "\"test\"", "Which of the other images validate; \"test\" for the test images."),
            Key::new("exclude_classes", Other { kind: "list of text", range: "names of classes", refused: &["[1]", "\"9\""] }, Value("[]"), "[\"9\"]", "Classes that are left out of training and validation, for anomaly detection."),
            Key::new("stratify", Flag, Words("true for a new training on a path, else false"), "true", "Whether a random choice takes the same part of every class."),
            Key::new("seed", Whole(0, LARGEST), Value("0"), "3", "Seed of drawn images and random splits."),
            Key::new("limit", Table, Value("{}"), "{ train = 50 }", "Most images of each split."),
            Key::new("augment", Table, Value("{}"), "{ flip = \"horizontal\", shift = 0.1 }", "How the training images differ from epoch to epoch; those that validate or test never do."),
            Key::new("input", Table, Value("{}"), "{ noise = 0.3 }", "What the network sees instead of the clean image."),
            Key::new("columns", Table, Words("every column that holds numbers, measured on the training rows"), "{ names = [\"age\"], mean = [40.0], deviation = [10.0] }", "The columns of a table and how they are standardised; a run writes what it found."),
        ],
    },
    Section {
        name: "data.limit",
        about: "The most images that each split keeps: its first ones.",
        keys: &[
            Key::new("train", AT_LEAST_ONE, Words("all"), "1000", "Training images."),
            Key::new("valid", AT_LEAST_ONE, Words("all"), "100", "Validation images."),
            Key::new("test", AT_LEAST_ONE, Words("all"), "100", "Test images."),
        ],
    },
    Section {
        name: "data.augment",
        about: "How training images differ from epoch to epoch: drawn for each image by seed, epoch and image, evenly between the bounds. Input and target change alike, but for `cut_out`; noise of `data.input` comes on top. Beyond its border an image goes on as its mirror image. Images only.",
        keys: &[
            Key::new("flip", Choice(&["horizontal", "vertical", "both"]), Words("none"), "\"horizontal\"", "Turns half of the images over: left and right change places, or top and bottom."),
            Key::new("shift", Number(Without(0.0), With(0.5)), Words("none"), "0.1", "The largest shift, as a part of each side; whole pixels, unless `crop` or `rotate` are given, too."),
            Key::new("crop", Number(With(0.2), Without(1.0)), Words("none"), "0.8", "The smallest part of each side that is cut out at random and enlarged to the whole."),
            Key::new("rotate", Number(Without(0.0), With(180.0)), Words("none"), "10.0", "The largest rotation about the middle, in degrees."),
            Key::new("brightness", Number(Without(0.0), With(1.0)), Words("none"), "0.2", "The most that is added to all values or taken from them."),
            Key::new("contrast", Number(Without(0.0), With(1.0)), Words("none"), "0.2", "The most by which distances from the image's mean grow or shrink, as a part of them."),
            Key::new("saturation", Number(Without(0.0), With(1.0)), Words("none"), "0.3", "The most by which distances from a pixel's grey grow or shrink; of three channels."),
            Key::new("hue", Number(Without(0.0), With(0.5)), Words("none"), "0.05", "The most by which colours go round the colour circle, as a part of it; of three channels."),
            Key::new("cut_out", Number(Without(0.0), Without(1.0)), Words("none"), "0.3", "Sides of a rectangle that is mid-grey in the input, as a part of the image's; the target stays whole."),
        ],
    },
    Section {
        name: "data.input",
        about: "What the network sees instead of the clean image.",
        keys: &[
            Key::new("noise", Other { kind: "number or table", range: "above 0, at most 10", refused: &["0.0", "10.1", "nan", "\"x\"", "{}"] }, Words("none"), "0.5", "Noise on the input; the target stays clean. A number is the standard deviation of Gaussian noise."),
            Key::new("binarise", Choice(&["threshold", "stochastic"]), Words("pixels stay grey"), "\"stochastic\"", "Makes pixels 0 or 1: above one half, or with the pixel as probability at every step."),
        ],
    },
    Section {
        name: "data.input.noise",
        about: "Kinds of noise, as `--noise` has them. Several come in this order: as a lens, a sensor, its electronics, their defects and a file make them. Values are cut off at 0 and 1 before the last two.",
        keys: &[
            Key::new("blur", Number(Without(0.0), With(64.0)), Words("none"), "1.5", "Standard deviation of a Gaussian blur, in pixels; beyond its border an image goes on as its mirror image."),
            Key::new("poisson", Number(Without(0.0), With(1e4)), Words("none"), "30.0", "Photons at value 1: x becomes Poisson(x · photons) / photons."),
            Key::new("gaussian", Number(Without(0.0), With(10.0)), Words("none"), "0.1", "Standard deviation of what is added to each value, in units of pixel value."),
            Key::new("salt", Number(Without(0.0), With(1.0)), Words("none"), "0.05", "Part of the pixels that become black or white in all channels, half of them each."),
            Key::new("jpeg", Whole(1, 100), Words("none"), "30", "Quality of a JPEG file that the image goes through, its colours not subsampled."),
        ],
    },
    Section {
        name: "data.columns",
        about: "The columns of a table: a network sees (value − mean) / deviation. The three lists are equally long.",
        keys: &[
            Key::new("names", Other { kind: "list of text", range: "at least one", refused: &["[]", "[1]"] }, Required, "[\"size\"]", "Names of the columns; numbers from 1 in a table without names."),
            Key::new("mean", Other { kind: "list of numbers", range: "finite", refused: &["[nan]", "[1.0, 2.0]"] }, Required, "[1.5]", "Mean over the training rows."),
            Key::new("deviation", Other { kind: "list of numbers", range: "above 0", refused: &["[0.0]", "[inf]", "[1.0, 2.0]"] }, Required, "[2.0]", "Standard deviation over the training rows."),
        ],
    },
    Section {
        name: "model",
        about: "The network. Its input shape comes from the data; the decoder's output must hold as many values.",
        keys: &[
            Key::new("encoder", Other { kind: "list of layers", range: "see `layer`", refused: &["[1]", "[{ layer = \"zzz\" }]"] }, Required, "[{ layer = \"flatten\" }, { layer = \"dense\", units = 64 }]", "From the image to the features; empty only for a Gaussian code of a vector."),
            Key::new("latent", Table, Required, "{ kind = \"gaussian\", size = 10 }", "From the features to the code."),
            Key::new("decoder", Other { kind: "list of layers", range: "at least one; see `layer`", refused: &["[]", "[1]", "[{ layer = \"dense\", units = 783 }]"], }, Required, "[{ layer = \"dense\", units = 784 }]", "From the code to the output; the last layer is linear where the loss is \"bce\"."),
            Key::new("output_bias", Choice(&["zeros", "data_mean"]), Value("\"zeros\""), "\"data_mean\"", "How the last layer's bias starts: at 0, or so that alone it gives the mean of the training images, by value or by channel (as IWAE does)."),
        ],
    },
    Section {
        name: "model.latent",
        about: "What lies between encoder and decoder.",
        keys: &[
            Key::new("kind", Choice(&["deterministic", "gaussian"]), Required, "\"deterministic\"", "The encoder's output itself (an autoencoder), or mean and variance of a Gaussian (a VAE)."),
            Key::new("size", Whole(1, LARGEST), Required, "10", "Latent dimensions (or give `channels`).").of(&["gaussian"]),
            Key::new("channels", Whole(1, LARGEST), Required, "4", "Instead of `size`: the code is an image of so many channels, as high and wide as the encoder's last one.").of(&["gaussian"]),
            Key::new("samples", Whole(1, 10_000), Value("1"), "5", "Codes of an image that training draws and decodes.").of(&["gaussian"]),
            Key::new("bound", Choice(&["elbo", "iwae"]), Value("\"elbo\""), "\"iwae\"", "What the samples bound an image's likelihood by: the mean of their ELBOs, or their importance-weighted bound; \"iwae\" needs a likelihood with weight 1 and the KL term as it is by default.").of(&["gaussian"]),
        ],
    },
    Section {
        name: "layer",
        about: "An item of `model.encoder`, `model.decoder`, or of the layers inside a layer. Semantics are those of Keras.",
        keys: &[
        ],
    },
    Section {
        name: "objective",
        about: "What is minimised: the sum of the terms, averaged over images.",
        keys: &[
            Key::new("reconstruction", Table, Required, "{ weight = 2.0 }", "How far the output is from the image."),
            Key::new("kl", Table, Value("{}"), "{ weight = 4.0 }", "KL divergence of the posterior from N(0, I); of a Gaussian code only."),
            Key::new("code_l1", NOT_NEGATIVE, Value("0.0"), "1e-4", "Weight of Σ|z| (a sparse autoencoder); of a deterministic code only."),
            Key::new("mmd", NOT_NEGATIVE, Value("0.0"), "10.0", "Weight of the maximum mean discrepancy between the codes of a batch and N(0, I) (InfoVAE, WAE)."),
            Key::new("code_l2", NOT_NEGATIVE, Value("0.0"), "1e-4", "Weight of ½ Σ z² (a regularised autoencoder); of a Gaussian code z = μ + σ ε."),
            Key::new("ssim_loss", NOT_NEGATIVE, Value("0.0"), "100.0", "Weight of 1 − SSIM, of windows of 11 × 11 pixels, averaged over places and channels; for images of at least 11 pixels a side. Beside `reconstruction`, whose weight may be small, it makes a mixture."),
            Key::new("ms_ssim_loss", NOT_NEGATIVE, Value("0.0"), "100.0", "Weight of 1 − MS-SSIM: one scale from 11 pixels of the smaller side on, two from 21, three from 41, four from 81, five from 161."),
        ],
    },
    Section {
        name: "objective.reconstruction",
        about: "The reconstruction term, in nats.",
        keys: &[
            Key::new("loss", Choice(&["bce", "squared_error", "gaussian", "l1", "charbonnier"]), Value("\"bce\""), "\"squared_error\"", "Binary cross-entropy of logits, (y − t)², −ln N(t; y, σ²), |y − t|, or √((y − t)² + ε²)."),
            Key::new("reduction", REDUCTION, Value("\"sum\""), "\"mean\"", "Over the values of one image."),
            Key::new("weight", NOT_NEGATIVE, Value("1.0"), "500.0", "Multiplies the reduced loss."),
            Key::new("sigma", Other { kind: "table", range: "{ fixed = 0.2 } or { learned = 0.2 }, above 0, in units of pixel value", refused: &["0.2", "{ fixed = 0.0 }", "{ learned = -1.0 }", "{ odd = 1.0 }"], }, Words("{ fixed = 1.0 }"), "{ learned = 0.1 }", "Standard deviation of the loss \"gaussian\", held or learned from this start."),
            Key::new("epsilon", POSITIVE, Words("0.001"), "0.01", "ε of the loss \"charbonnier\", in units of pixel value."),
        ],
    },
    Section {
        name: "objective.kl",
        about: "The KL term, −½ Σ (1 + log σ² − μ² − σ²).",
        keys: &[
            Key::new("reduction", REDUCTION, Value("\"sum\""), "\"mean\"", "Over the latent dimensions."),
            Key::new("weight", NOT_NEGATIVE, Value("1.0"), "4.0", "β of a β-VAE."),
            Key::new("warmup_epochs", NOT_NEGATIVE, Value("0.0"), "5.0", "The weight rises from 0 over this many epochs."),
            Key::new("free_bits", NOT_NEGATIVE, Value("0.0"), "0.1", "Nats of each dimension that cost nothing."),
        ],
    },
    Section {
        name: "optimizer",
        about: "How parameters are updated. Formulas and defaults are those of Keras 3.",
        keys: &[
            Key::new("kind", Choice(&["adam", "adamw", "adamax", "lion", "sgd", "rmsprop", "adadelta"]), Required, "\"adamw\"", "The update rule."),
            Key::new("learning_rate", POSITIVE, Required, "3e-4", "The rate that the schedule multiplies."),
            Key::new("schedule", Table, Value("{ kind = \"constant\" }"), "{ kind = \"cosine\" }", "How the rate moves."),
            Key::new("clip_norm", POSITIVE, Words("no limit"), "1.0", "Largest global norm of the gradient."),
            Key::new("beta_1", DECAY, Value("0.9"), "0.8", "Decay of the first moment.").of(&["adam", "adamw", "adamax"]),
            Key::new("beta_2", DECAY, Value("0.999"), "0.99", "Decay of the second moment.").of(&["adam", "adamw"]),
            Key::new("beta_2", DECAY, Value("0.999"), "0.99", "Decay of the largest gradient.").of(&["adamax"]),
            Key::new("beta_1", DECAY, Value("0.9"), "0.95", "Part of the momentum in what a step takes the sign of.").of(&["lion"]),
            Key::new("beta_2", DECAY, Value("0.99"), "0.98", "Decay of the momentum.").of(&["lion"]),
            Key::new("weight_decay", DECAY, Value("0.004"), "0.01", "Part of each parameter that a step takes away, times the rate.").of(&["adamw"]),
            Key::new("weight_decay", DECAY, Value("0.0"), "0.01", "Part of each parameter that a step takes away, times the rate.").of(&["lion"]),
            Key::new("rho", DECAY, Value("0.9"), "0.95", "Decay of the squared gradients.").of(&["rmsprop"]),
            Key::new("rho", DECAY, Value("0.95"), "0.9", "Decay of both averages.").of(&["adadelta"]),
            Key::new("momentum", DECAY, Value("0.0"), "0.9", "Part of the last step that goes on.").of(&["sgd", "rmsprop"]),
            Key::new("nesterov", Flag, Value("false"), "true", "Whether it looks ahead by one step of momentum.").of(&["sgd"]),
            Key::new("centered", Flag, Value("false"), "true", "Whether it divides by the variance of the gradient.").of(&["rmsprop"]),
            Key::new("epsilon", POSITIVE, Value("1e-7"), "1e-8", "Added to what it divides by.").of(&["adam", "adamw", "adamax", "rmsprop", "adadelta"]),
        ],
    },
    Section {
        name: "optimizer.schedule",
        about: "A factor on the learning rate, after the warm-up.",
        keys: &[
            Key::new("kind", Choice(&["constant", "cosine", "exponential", "step", "milestones", "reduce_on_plateau"]), Required, "\"cosine\"", "The shape of the schedule."),
            Key::new("warmup_epochs", Other { kind: "number", range: "at least 0, below `training.epochs`", refused: &["-0.1", "100.0", "nan"] }, Value("0.0"), "1.0", "The rate rises over this many epochs first."),
            Key::new("end_factor", Number(With(0.0), With(1.0)), Value("0.0"), "0.1", "Factor at the end of training.").of(&["cosine"]),
            Key::new("restarts", Other { kind: "list of whole numbers", range: "rising, behind the warm-up, below `training.epochs`", refused: &["[0]", "[100]", "[3, 2]"] }, Value("[]"), "[2, 4]", "Epochs after which the factor is 1 again.").of(&["cosine"]),
            Key::new("factor", Number(Without(0.0), With(1.0)), Required, "0.9", "Factor of an epoch, or of a drop.").of(&["exponential", "step"]),
            Key::new("every_epochs", AT_LEAST_ONE, Required, "10", "Epochs between two drops.").of(&["step"]),
            Key::new("epochs", Other { kind: "list of whole numbers", range: "at least one, rising, behind the warm-up", refused: &["[]", "[0]", "[3, 2]", "[2, 2]", "2"] }, Required, "[2, 4]", "Epochs after which the rate changes; those behind the end of training never come.").of(&["milestones"]),
            Key::new("factor", Other { kind: "number or list of numbers", range: "above 0; one, or one for each of `epochs`", refused: &["0.0", "-1.0", "nan", "[]", "[0.5, 0.5]", "[0.0]"] }, Required, "[0.63]", "What the rate is multiplied by from the next epoch's first step on.").of(&["milestones"]),
            Key::new("factor", Number(Without(0.0), Without(1.0)), Value("0.1"), "0.5", "Factor of a drop.").of(PLATEAU),
            Key::new("patience", AT_LEAST_ONE, Value("10"), "3", "Epochs without improvement until a drop.").of(PLATEAU),
            Key::new("min_delta", NOT_NEGATIVE, Value("1e-4"), "1e-3", "Only a decrease by more is an improvement.").of(PLATEAU),
            Key::new("min_learning_rate", NOT_NEGATIVE, Value("0.0"), "1e-6", "The rate never drops below.").of(PLATEAU),
        ],
    },
    Section {
        name: "training",
        about: "For how long.",
        keys: &[
            Key::new("epochs", Whole(1, 1_000_000), Required, "30", "Passes over the training images."),
            Key::new("batch_size", AT_LEAST_ONE, Required, "128", "Images that go through the net at a time; the last of an epoch takes what is left."),
            Key::new("accumulate", AT_LEAST_ONE, Value("1"), "4", "Batches per step: their gradients add up to that of one large batch, noise and clipping included; the statistics of a batch_norm stay those of each batch."),
            Key::new("average", Table, Words("the weights themselves"), "{ decay = 0.9999 }", "An average of the weights over steps, which validation, the checkpoints and all that uses the run then take."),
            Key::new("early_stopping", Table, Words("never"), "{ patience = 3 }", "When to stop before the last epoch."),
            Key::new("on_divergence", Choice(&["retry", "stop"]), Value("\"retry\""), "\"stop\"", "When the loss explodes: once more from the last checkpoint with a tenth of the rate, or stop."),
        ],
    },
    Section {
        name: "training.average",
        about: "An exponential moving average of the weights over steps; training goes on with the weights themselves.",
        keys: &[
            Key::new("decay", DECAY, Value("0.999"), "0.9999", "Part of the average that a step leaves; (1 + t) / (10 + t) after step t where that is less."),
        ],
    },
    Section {
        name: "training.early_stopping",
        about: "Stops once a number has not become better for a while.",
        keys: &[
            Key::new("patience", AT_LEAST_ONE, Required, "5", "Epochs without improvement."),
            Key::new("min_delta", NOT_NEGATIVE, Value("0.0"), "0.01", "Only a decrease by more is an improvement."),
            Key::new("monitor", Choice(&["valid_total", "valid_reconstruction", "train_total"]), Value("\"valid_total\""), "\"train_total\"", "What is to decrease."),
        ],
    },
    Section {
        name: "show",
        about: "Points of the latent space that are decoded when the training ends.",
        keys: &[
            Key::new("points", Other { kind: "list of lists of numbers", range: "finite; shown where codes have as many dimensions", refused: &["[1.0]", "[[nan]]"] }, Value("[]"), "[[-1.0, 0.0]]", "Points to decode."),
            Key::new("manifold", Table, Words("where the codes lie"), "{ range = [-4.0, 4.0], steps = 15 }", "The plane that is decoded, of codes of two dimensions."),
        ],
    },
    Section { name: "show.manifold", about: "A square of the latent plane; of a study as well.", keys: LATENT_PLANE },
];

const MODEL: &str = "{ encoder = [{ layer = \"flatten\" }], latent = { kind = \"gaussian\", size = 4 }, \
                     decoder = [{ layer = \"dense\", units = 784 }] }";
const PLATEAU: &[&str] = &["reduce_on_plateau"];
