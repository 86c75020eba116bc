//! A paragraph of plain words, made from the numbers.

use train::Recipe;

use crate::comparison::member::Member;
use crate::comparison::model_numbers::Summary;
use crate::numbers::signed;

/// Coverage of one model over that of another from which on only the first is said to generate.
const GENERATES: f64 = 3.0;

/// What the numbers say.
pub fn conclusions(members: &[Member]) -> String {
    let sentences =
        [reconstructions(members), kl_weights(members), layout(members), draws(members), classes(members)];
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The members with a number, the largest first.
fn ranked<'a>(members: &'a [Member], key: &str) -> Vec<(&'a Member, Summary)> {
    let mut ranked: Vec<(&Member, Summary)> =
        members.iter().filter_map(|member| Some((member, member.summary(key)?))).collect();
    ranked.sort_by(|a, b| b.1.mean.total_cmp(&a.1.mean));
    ranked
}

/// How many of the first cannot be told from the very first, as printed and by the spread of their seeds.
fn leaders(ranked: &[Summary], decimals: usize) -> usize {
    ranked.iter().take_while(|other| !ranked[0].differs(**other, decimals)).count()
}

/// Models that are named; of more it is said how many there are.
const NAMED: usize = 5;

/// Items as people say them.
fn list(items: &[String]) -> String {
    if items.len() > NAMED {
        return format!("{} and {} others", items[..NAMED - 1].join(", "), items.len() + 1 - NAMED);
    }
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn reconstructions(members: &[Member]) -> Option<String> {
    let ranked = ranked(members, "psnr");
    let names: Vec<&str> = ranked.iter().map(|(member, _)| member.name.as_str()).collect();
    let psnr: Vec<Summary> = ranked.iter().map(|(_, psnr)| *psnr).collect();
    let noisy = ranked.iter().filter_map(|(member, _)| member.mean("noisy_psnr")).fold(f64::NAN, f64::max);
    let mut sentence = best_by_psnr(&names, &psnr)?;
    if noisy.is_finite() {
        sentence += &format!(" Noisy inputs have {} dB.", signed(noisy, 1));
    }
    Some(sentence)
}

/// Who reconstructs best, of models from the best to the worst; `None` of fewer than two.
fn best_by_psnr(names: &[&str], psnr: &[Summary]) -> Option<String> {
    if names.len() < 2 {
        return None;
    }
    let each: Vec<String> =
        names.iter().zip(psnr).map(|(name, psnr)| format!("{name} ({} dB)", signed(psnr.mean, 1))).collect();
    let (first, rest) = each.split_at(leaders(psnr, 1));
    let why = match psnr.iter().any(|psnr| psnr.sd.is_some()) {
        true => "no difference is larger than the spread of their seeds",
        false => "their PSNR is the same as printed",
    };
    Some(match (first, rest) {
        ([best], rest) => format!("By PSNR {best} reconstructs best, before {}.", list(rest)),
        (all, []) => format!("By PSNR {} reconstruct equally well: {why}.", list(all)),
        (first, rest) => {
            format!("By PSNR {} reconstruct best: {why}; behind are {}.", list(first), list(rest))
        }
    })
}

/// Which weight blurs and which leaves holes, where models differ in nothing else.
fn kl_weights(members: &[Member]) -> Option<String> {
    let without_weight = |member: &Member| {
        let mut recipe = member.run.trained.recipe.clone();
        recipe.objective.kl.weight = 1.0;
        let (name, description, show) = Default::default();
        Recipe { name, description, show, seed: 0, ..recipe }
    };
    let first = without_weight(members.first()?);
    let weights: Option<Vec<f32>> = members.iter().map(Member::kl_weight).collect();
    let mut weights = weights?;
    weights.sort_by(f32::total_cmp);
    let is_sweep = weights.len() > 1
        && weights.windows(2).all(|pair| pair[0] < pair[1])
        && members.iter().all(|member| without_weight(member) == first);
    if !is_sweep {
        return None;
    }
    let with = |weight: f32| members.iter().find(|member| member.kl_weight() == Some(weight));
    let (lightest, heaviest) = (with(weights[0])?, with(weights[weights.len() - 1])?);
    let blurs = lightest
        .summary("sharpness")
        .zip(heaviest.summary("sharpness"))
        .map(|(light, heavy)| blurring((&lightest.name, light), (&heaviest.name, heavy)));
    let of = |member: &Member, key: &str| member.mean(key).unwrap_or(f64::NAN);
    let (light, heavy) = (lightest.summary("from_prior")?, heaviest.summary("from_prior")?);
    let holes = match light.mean > heavy.mean && light.differs(heavy, 2) {
        true => format!(
            "The smallest leaves holes: with {} the codes lie {:.2} nats from the prior that draws come from, with {} {:.2}; \
             each image is coded in {:.1} nats instead of {:.1}.",
            lightest.name,
            light.mean,
            heaviest.name,
            heavy.mean,
            of(lightest, "rate"),
            of(heaviest, "rate")
        ),
        false => format!(
            "Here the smallest weight ({}) does not leave more of the prior empty than the largest.",
            lightest.name
        ),
    };
    Some(blurs.into_iter().chain([holes]).collect::<Vec<_>>().join(" "))
}

/// What the weight does to sharpness, the originals' being 1; more than that is noise.
fn blurring((light_name, light): (&str, Summary), (heavy_name, heavy): (&str, Summary)) -> String {
    /// Beyond rounding and ringing.
    const NOISE: f64 = 1.05;
    let percent = |sharpness: Summary| format!("{:.0} %", 100.0 * sharpness.mean);
    if light.mean.max(heavy.mean) > NOISE {
        let (noisy, sharpness) =
            if light.mean > heavy.mean { (light_name, light) } else { (heavy_name, heavy) };
        return format!(
            "With {noisy} reconstructions have {} of the originals' differences between neighbouring pixels: noise.",
            percent(sharpness)
        );
    }
    let (a, b) = (100.0 * heavy.mean, 100.0 * light.mean);
    if a < b && heavy.differs(light, 2) {
        return format!(
            "The largest weight blurs: with {heavy_name} reconstructions keep {} of the originals' sharpness, with \
             {light_name} {}.",
            percent(heavy),
            percent(light)
        );
    }
    format!("Here the largest weight ({heavy_name}) does not blur more than the smallest.")
}

/// Where codes lie, where models with and without a prior meet.
fn layout(members: &[Member]) -> Option<String> {
    if members.iter().all(Member::is_variational) || !members.iter().any(Member::is_variational) {
        return None;
    }
    let each = members.iter().map(|member| {
        let of = |key: &str| member.mean(key);
        Some(format!(
            "those of {} from {} to {} with their centre {} from the origin",
            member.name,
            signed(of("code_low")?, 1),
            signed(of("code_high")?, 1),
            signed(of("code_centre")?, 2)
        ))
    });
    let each: Vec<String> = each.collect::<Option<_>>()?;
    Some(format!("Where codes lie: {}.", list(&each)))
}

/// Who generates from the prior.
fn draws(members: &[Member]) -> Option<String> {
    let ranked = ranked(members, "coverage");
    if ranked.len() < 2 {
        return None;
    }
    let each: Vec<String> = ranked
        .iter()
        .map(|(member, coverage)| {
            format!("{:.0} % of the test images for {}", 100.0 * coverage.mean, member.name)
        })
        .collect();
    let (with, without): (Vec<_>, Vec<_>) = ranked.iter().partition(|(member, _)| member.is_variational());
    let least = with.iter().map(|(_, coverage)| coverage.mean).fold(f64::MAX, f64::min);
    let most = without.iter().map(|(_, coverage)| coverage.mean).fold(f64::MIN, f64::max);
    let only = if !with.is_empty() && !without.is_empty() && least > GENERATES * most {
        " Only models with a prior generate from it."
    } else {
        ""
    };
    Some(format!("Images decoded from N(0, I) come near {}.{only}", list(&each)))
}

fn classes(members: &[Member]) -> Option<String> {
    let ranked = ranked(members, "silhouette");
    if ranked.len() < 2 {
        return None;
    }
    let each: Vec<String> = ranked
        .iter()
        .map(|(member, silhouette)| {
            let published = member.published.get("silhouette");
            let published =
                published.map_or_else(String::new, |value| format!("; published {}", signed(*value, 4)));
            format!("{} ({}{published})", member.name, signed(silhouette.mean, 2))
        })
        .collect();
    let summaries: Vec<Summary> = ranked.iter().map(|(_, silhouette)| *silhouette).collect();
    let (first, rest) = each.split_at(leaders(&summaries, 2));
    Some(match rest {
        [] => format!("By their silhouettes classes separate equally well in {}.", list(first)),
        rest => {
            let (named, others) = rest.split_at(if rest.len() > NAMED { NAMED - 1 } else { rest.len() });
            let others = match others.len() {
                0 => String::new(),
                others => format!(", then {others} others"),
            };
            format!(
                "By their silhouettes classes separate best in {}, then {}{others}.",
                list(first),
                named.join(", then ")
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_people_say_them() {
        let items = ["a", "b", "c"].map(String::from);
        assert_eq!([list(&items[..1]), list(&items[..2]), list(&items)], ["a", "a and b", "a, b and c"]);
        let many: Vec<String> = ["a", "b", "c", "d", "e", "f", "g"].map(String::from).to_vec();
        assert_eq!([list(&many[..5]), list(&many)], ["a, b, c, d and e", "a, b, c, d and 3 others"]);
    }

    fn of(values: &[f64]) -> Summary {
        Summary::of(values).unwrap()
    }

    #[test]
    fn ranks_are_claimed_only_where_numbers_differ() {
        let told = |psnr: &[Summary]| best_by_psnr(&["a", "b", "c"], psnr).unwrap();
        assert_eq!(
            told(&[of(&[14.0]), of(&[12.74]), of(&[12.66])]),
            "By PSNR a (14.0 dB) reconstructs best, before b (12.7 dB) and c (12.7 dB)."
        );
        assert_eq!(
            told(&[of(&[12.74]), of(&[12.70]), of(&[12.66])]),
            "By PSNR a (12.7 dB), b (12.7 dB) and c (12.7 dB) reconstruct equally well: their PSNR is the same as printed."
        );
        let seeds = told(&[of(&[14.0, 15.0]), of(&[13.9, 14.9]), of(&[11.0, 11.2])]);
        assert_eq!(
            seeds,
            "By PSNR a (14.5 dB) and b (14.4 dB) reconstruct best: no difference is larger than the spread of their \
             seeds; behind are c (11.1 dB)."
        );
        assert_eq!(best_by_psnr(&["a"], &[of(&[1.0])]), None);
    }

    #[test]
    fn more_than_the_originals_sharpness_is_noise() {
        let text = blurring(("weight 1", of(&[0.8])), ("weight 5", of(&[3.4])));
        assert!(
            text.contains("With weight 5") && text.contains("340 %") && text.ends_with("noise."),
            "{text}"
        );
        let text = blurring(("weight 1", of(&[0.8])), ("weight 5", of(&[0.6])));
        assert!(text.starts_with("The largest weight blurs") && text.contains("60 %"), "{text}");
        let text = blurring(("weight 1", of(&[0.801])), ("weight 5", of(&[0.799])));
        assert!(text.contains("does not blur more"), "{text}");
    }
}
