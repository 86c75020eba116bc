//! A paragraph of plain words, made from the numbers.

use crate::comparing::member::Member;
use crate::numbers::signed;

/// Coverage of one model over that of another from which on only the first is said to generate.
const GENERATES: f64 = 3.0;

/// What the numbers say.
pub fn words(members: &[Member]) -> String {
    let sentences =
        [reconstructions(members), kl_weights(members), layout(members), draws(members), classes(members)];
    sentences.into_iter().flatten().map(|sentence| capitalised(&sentence)).collect::<Vec<_>>().join(" ")
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The members with a number, the largest first.
fn ranked<'a>(members: &'a [Member], key: &str) -> Vec<(&'a Member, f64)> {
    let mut ranked: Vec<(&Member, f64)> =
        members.iter().filter_map(|member| Some((member, member.mean(key)?))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}

fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn reconstructions(members: &[Member]) -> Option<String> {
    let ranked = ranked(members, "psnr");
    let [(best, most), others @ ..] = ranked.as_slice() else { return None };
    if others.is_empty() {
        return None;
    }
    let others: Vec<String> =
        others.iter().map(|(member, psnr)| format!("{} ({} dB)", member.name, signed(*psnr, 1))).collect();
    Some(format!("{} reconstructs best (PSNR {} dB), before {}.", best.name, signed(*most, 1), list(&others)))
}

/// Which weight blurs and which leaves holes, where models differ in nothing else.
fn kl_weights(members: &[Member]) -> Option<String> {
    let same = |member: &Member| {
        let mut recipe = member.opened.trained.recipe.clone();
        recipe.objective.kl.weight = 1.0;
        (recipe.model, recipe.objective, recipe.data)
    };
    let first = same(members.first()?);
    if members.len() < 2
        || !members.iter().all(|member| member.kl_weight().is_some() && same(member) == first)
    {
        return None;
    }
    let mut by_weight: Vec<&Member> = members.iter().collect();
    by_weight.sort_by(|a, b| a.kl_weight().partial_cmp(&b.kl_weight()).unwrap_or(std::cmp::Ordering::Equal));
    let (lightest, heaviest) = (by_weight.first()?, by_weight.last()?);
    let of = |member: &Member, key: &str| member.mean(key).unwrap_or(f64::NAN);
    let blurs = if of(heaviest, "sharpness") < of(lightest, "sharpness") {
        format!(
            "The largest weight blurs: with {} reconstructions keep {:.0} % of the originals' sharpness, with {} {:.0} %.",
            heaviest.name,
            100.0 * of(heaviest, "sharpness"),
            lightest.name,
            100.0 * of(lightest, "sharpness")
        )
    } else {
        format!("Here the largest weight ({}) does not blur more than the smallest.", heaviest.name)
    };
    let holes = if of(lightest, "from_prior") > of(heaviest, "from_prior") {
        format!(
            "The smallest leaves holes: with {} the codes lie {:.2} nats from the prior that draws come from, with {} {:.2}; \
             each image is coded in {:.1} nats instead of {:.1}.",
            lightest.name,
            of(lightest, "from_prior"),
            heaviest.name,
            of(heaviest, "from_prior"),
            of(lightest, "rate"),
            of(heaviest, "rate")
        )
    } else {
        format!(
            "Here the smallest weight ({}) does not leave more of the prior empty than the largest.",
            lightest.name
        )
    };
    Some(format!("{blurs} {holes}"))
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
    Some(format!("Codes range differently: {}.", list(&each)))
}

/// Who generates from the prior.
fn draws(members: &[Member]) -> Option<String> {
    let ranked = ranked(members, "coverage");
    if ranked.len() < 2 {
        return None;
    }
    let each: Vec<String> = ranked
        .iter()
        .map(|(member, coverage)| format!("{:.0} % of the test images for {}", 100.0 * coverage, member.name))
        .collect();
    let (with, without): (Vec<_>, Vec<_>) = ranked.iter().partition(|(member, _)| member.is_variational());
    let least = with.iter().map(|(_, coverage)| *coverage).fold(f64::MAX, f64::min);
    let most = without.iter().map(|(_, coverage)| *coverage).fold(f64::MIN, f64::max);
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
            format!("{} ({}{published})", member.name, signed(*silhouette, 4))
        })
        .collect();
    Some(format!("By their silhouettes classes separate best in {}.", each.join(", then ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_people_say_them() {
        let items = ["a", "b", "c"].map(String::from);
        assert_eq!([list(&items[..1]), list(&items[..2]), list(&items)], ["a", "a and b", "a, b and c"]);
    }
}
