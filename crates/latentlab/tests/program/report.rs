//! The report: whole, self-contained, and alive in a browser.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Place, TINY, trained, write_images};

/// Counts what goes wrong from the first moment on.
const WATCH: &str = r#"<script>
window.troubles = [];
addEventListener("error", (event) => troubles.push(String(event.message)), true);
addEventListener("securitypolicyviolation", (event) => troubles.push("blocked " + event.blockedURI));
</script>"#;

/// Points at every figure and walks through it, as a reader would, and leaves what it saw in the document.
const PROBE: &str = r#"<script>
addEventListener("load", () => {
  const tip = document.getElementById("tip");
  const seen = [];
  for (const drawing of document.querySelectorAll(".drawing[tabindex]")) {
    drawing.scrollIntoView();
    const marks = JSON.parse(drawing.querySelector(".marks").textContent);
    const box = drawing.getBoundingClientRect();
    const at = { clientX: box.left + marks.x[0] / marks.w * box.width, clientY: box.top + marks.y[0] / marks.h * box.height };
    drawing.dispatchEvent(new PointerEvent("pointermove", { ...at, pointerType: "mouse", bubbles: true }));
    const pointed = !tip.hidden && marks.t.includes(tip.querySelector("span").textContent);
    const canvas = tip.querySelector("canvas");
    const ink = canvas.hidden ? 0 : canvas.getContext("2d").getImageData(0, 0, 96, 96).data.filter((v) => v > 0).length;
    drawing.dispatchEvent(new PointerEvent("pointerleave", { pointerType: "mouse" }));
    const left = tip.hidden;
    drawing.focus();
    drawing.dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
    const walked = tip.querySelector("span").textContent === marks.t[marks.t.length - 1] && !tip.hidden;
    drawing.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    const name = drawing.closest("figure").dataset.name;
    seen.push({ name, pointed, left, walked, closed: tip.hidden, ink, label: drawing.getAttribute("aria-label") });
  }
  const requests = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => !name.startsWith("data:"));
  const wide = document.documentElement.scrollWidth > innerWidth;
  document.body.dataset.probe = JSON.stringify({ seen, requests, troubles, wide });
});
</script>"#;

/// What `probe`, a script, left in `data-probe` of `page`; `None` where there is no browser.
pub fn probed(page: &Path, folder: &Path, probe: &str) -> Option<Value> {
    let chromium = testing::chromium()?;
    let html = fs::read_to_string(page).unwrap();
    let html = html.replacen("<title>", &format!("{WATCH}<title>"), 1);
    let html = html.replacen("</body>", &format!("{probe}</body>"), 1);
    let copy = folder.join("probed.html");
    fs::write(&copy, html).unwrap();
    let output = Command::new(chromium)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--enable-logging=stderr",
        ])
        .args(["--window-size=1200,900", "--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", copy.display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("CONSOLE"), "the console is not empty:\n{said}");
    let document = String::from_utf8(output.stdout).unwrap();
    let probe = document.split("data-probe=\"").nth(1).unwrap_or_else(|| panic!("no probe ran:\n{said}"));
    let probe =
        probe.split('"').next().unwrap().replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&");
    Some(serde_json::from_str(&probe).unwrap())
}

/// What must hold of any report in a browser; the figures that reacted.
pub fn check_in_browser(page: &Path) -> Option<Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    let probe = probed(page, folder.path(), PROBE)?;
    assert_eq!((&probe["requests"], &probe["troubles"]), (&Value::Array(vec![]), &Value::Array(vec![])));
    assert_eq!(probe["wide"], false, "the page is wider than the window");
    let seen = probe["seen"].as_array().unwrap().clone();
    for figure in &seen {
        for what in ["pointed", "left", "walked", "closed"] {
            assert_eq!(figure[what], true, "{what}: {figure}");
        }
        assert!(figure["label"].as_str().unwrap().len() > 40, "{figure}");
    }
    Some(seen)
}

/// What must hold of any report as a file.
pub fn check_file(page: &Path) -> String {
    let html = fs::read_to_string(page).unwrap();
    assert!(html.len() < 10_000_000, "{} bytes", html.len());
    let without_namespaces = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assert!(!without_namespaces.contains("http://") && !without_namespaces.contains("https://"));
    assert!(html.contains("default-src 'none'") && html.contains("prefers-color-scheme: dark"));
    html
}

#[test]
fn training_ends_with_a_report() {
    let place = trained();
    let html = check_file(&place.path("vae/report.html"));
    for part in [
        "Reconstructions ",
        "test images",
        "Validation loss",
        "latent.mean (dense)",
        "The KL of each latent dimension",
        "principal component",
    ] {
        assert!(html.contains(part), "{part}");
    }
    if let Some(seen) = check_in_browser(&place.path("vae/report.html")) {
        let names: Vec<&str> = seen.iter().filter_map(|figure| figure["name"].as_str()).collect();
        for name in ["loss-curves", "reconstructions", "manifold", "latent", "silhouettes", "kl", "posterior"]
        {
            assert!(names.contains(&name), "{name}: {names:?}");
        }
        let latent = seen.iter().find(|figure| figure["name"] == "latent").unwrap();
        assert!(latent["ink"].as_u64().unwrap() > 100, "the image of the point is not drawn: {latent}");
    }
}

#[test]
fn a_report_is_written_again_and_left_out_where_that_is_asked_for() {
    let place = Place::new();
    let trained = place.json(&[&["train", "--out", "run", "--no-report"], &TINY[..]].concat());
    assert!(trained["report"].is_null() && !place.path("run/report.html").exists());
    let report = place.json(&["report", "run"]);
    assert_eq!(report["files"][0], "run/report.html");
    let first = fs::read(place.path("run/report.html")).unwrap();
    place.ok(&["report", "run"]);
    assert!(first == fs::read(place.path("run/report.html")).unwrap(), "the same run gives the same page");
    // Everything that was measured before is told.
    place.ok(&["evaluate", "run", "--full", "--samples", "2"]);
    place.ok(&["report", "run"]);
    assert!(fs::read_to_string(place.path("run/report.html")).unwrap().contains("probe accuracy"));
}

#[test]
fn a_vae_with_one_test_image_has_a_prior() {
    let place = Place::new();
    let one = ["--set", "data.count=200", "--set", "data.test={ fraction = 0.005 }"];
    let trained = place.json(&[&["train", "--out", "run", "--epochs", "1"], &one[..]].concat());
    assert!(trained["report"].is_string(), "{trained}");
    let html = fs::read_to_string(place.path("run/report.html")).unwrap();
    assert!(html.contains("cannot be told from a single test image") && !html.contains("no prior"));
}

#[test]
fn images_without_classes_and_in_colour_have_a_report_too() {
    let place = Place::new();
    fs::create_dir_all(place.path("photos")).unwrap();
    for i in 0..30_u8 {
        let color = |x: u32, y: u32| image::Rgb([x as u8 * 5, y as u8 * 5, i * 8]);
        image::RgbImage::from_fn(48, 48, color).save(place.path(&format!("photos/{i}.png"))).unwrap();
    }
    write_images(&place.path("grey"), 3);
    fs::write(
        place.path("ae.toml"),
        r#"
        name = "<b>photos</b>"
        data = { path = "photos", size = 48, channels = "rgb" }
        model.encoder = [{ layer = "flatten" }, { layer = "dense", units = 16 }]
        model.latent = { kind = "deterministic" }
        model.decoder = [{ layer = "dense", units = 6912 }, { layer = "reshape", shape = [48, 48, 3] }]
        objective = { reconstruction = { loss = "squared_error" } }
        optimizer = { kind = "adam", learning_rate = 0.001 }
        training = { epochs = 2, batch_size = 8 }
        "#,
    )
    .unwrap();
    let trained = place.json(&["train", "ae.toml", "--out", "run"]);
    let figures: Vec<&str> =
        trained["figures"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(figures, ["loss-curves", "reconstructions", "random-codes", "codes", "explained-variance"]);
    let html = check_file(&place.path("run/report.html"));
    assert!(html.contains("has no prior") && html.contains("&#60;b&#62;photos"), "names are escaped");
    assert!(html.contains("An autoencoder with "), "the page begins with what was trained");
    check_in_browser(&place.path("run/report.html"));
}
