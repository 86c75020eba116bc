//! The page: everything in it, nothing outside of it, and small enough.

use report::{
    ColumnPlots, ExplorerLink, FIGURES, Images, KeyNumber, MOST_PAGE_BYTES, Page, PageFigure, PageItem,
    PageSection, PageTable, PlotColumn, SortableCell, SortableTable, Thumbnails,
};

fn figures() -> PageSection {
    let item = |kind: &report::FigureKind| {
        let figure = (kind.example)().unwrap();
        let caption = format!("{} <&>", kind.shows);
        PageItem::Figure(PageFigure { name: kind.stem.into(), figure, caption, thumbnails: Some(0) })
    };
    PageSection { title: "Figures".into(), text: String::new(), items: FIGURES.iter().map(item).collect() }
}

fn page() -> Page {
    let pixels = vec![0.5; 400 * 8 * 8];
    let table = PageTable {
        caption: "numbers".into(),
        head: vec!["name".into(), "value".into()],
        rows: vec![vec!["<script>alert(1)</script>".into(), "−1.5".into()]],
    };
    let tables =
        PageSection { title: "Tables".into(), text: "text".into(), items: vec![PageItem::Table(table)] };
    Page {
        title: "a \"title\" & more".into(),
        verdict: "It works.".into(),
        numbers: vec![KeyNumber {
            name: "PSNR".into(),
            value: "18.8".into(),
            unit: "dB".into(),
            good: String::new(),
        }],
        sections: vec![figures(), tables],
        thumbnails: vec![Thumbnails::new(Images::new(&pixels, [400, 8, 8, 1]).unwrap()).unwrap()],
        ..Default::default()
    }
}

#[test]
fn every_figure_stands_in_a_page_with_its_values_and_a_description() {
    let html = page().html().unwrap();
    for kind in FIGURES {
        let figure = (kind.example)().unwrap();
        assert!(!figure.marks().is_empty(), "{} says nothing where a reader points", kind.name);
        for mark in figure.marks() {
            assert!(
                (0.0..=figure.width()).contains(&mark.x) && (0.0..=figure.height()).contains(&mark.y),
                "{mark:?}"
            );
        }
        assert!(html.contains(&format!("data-name=\"{}\"", kind.stem)), "{}", kind.name);
    }
    let (words, drawings) = (html.matches("role=\"application\"").count(), html.matches("<figure ").count());
    assert_eq!(words, drawings);
}

#[test]
fn the_way_to_the_explorer_is_a_command_and_then_a_link() {
    let command = "latentlab explore 'runs/<i> & b'";
    let before = Page { explorer: Some(ExplorerLink::MadeBy(command.into())), ..page() }.html().unwrap();
    assert!(before.contains("<code>latentlab explore 'runs/&lt;i&gt; &amp; b'</code>"));
    assert!(!before.contains("href=\"explorer.html\""));
    let after = Page { explorer: Some(ExplorerLink::Beside), ..page() }.html().unwrap();
    assert!(after.contains("<a href=\"explorer.html\">"));
    assert_eq!(ExplorerLink::add_to(&before).unwrap(), after);
    assert_eq!(ExplorerLink::add_to(&after).unwrap(), after);
    assert_eq!(ExplorerLink::add_to(&page().html().unwrap()), None);
}

#[test]
fn text_cannot_become_markup() {
    let html = page().html().unwrap();
    assert!(!html.contains("<script>alert") && html.contains("&#60;script&#62;alert(1)"));
    assert!(html.contains("<title>a &#34;title&#34; &#38; more"));
    let unsafe_name = vec!["</script><b>".to_owned(), "b".to_owned()];
    let points = [[0.0, 0.0], [1.0, 1.0]];
    let colors = report::PointColors::Classes { labels: &[0, 1], names: &unsafe_name };
    let figure = report::LatentScatter { colors, ..report::LatentScatter::new(&points) }.draw().unwrap();
    let item = PageFigure { name: "x".into(), figure, caption: String::new(), thumbnails: None };
    let section = PageSection { items: vec![PageItem::Figure(item)], ..Default::default() };
    let html = Page { sections: vec![section], ..Default::default() }.html().unwrap();
    assert!(!html.contains("</script><b>"));
}

#[test]
fn columns_to_look_at_come_with_their_table_and_their_script() {
    let number = |name: &str, values: &[f64]| PlotColumn {
        name: name.into(),
        values: values.into(),
        names: Vec::new(),
    };
    let plots = ColumnPlots {
        rows: vec!["</script>a".into(), "b".into(), "c".into()],
        columns: vec![number("size", &[2.0, 4.0, f64::NAN]), number("loss", &[3.5, 1.5, 2.5])],
        axes: vec![0, 1],
        shown: [0, 1, 1],
    };
    let cell = |text: &str, number| SortableCell { text: text.into(), number, link: None };
    let link = SortableCell { link: Some("runs/a%20b/report.html".into()), ..cell("a", None) };
    let table = SortableTable {
        caption: "runs".into(),
        head: vec!["run".into(), "time".into()],
        rows: vec![vec![link, cell("1:05", Some(65.0))], vec![cell("b", None), cell("<9 s>", Some(9.0))]],
    };
    let items = vec![PageItem::Columns(plots), PageItem::Sortable(table)];
    let section = PageSection { items, ..Default::default() };
    let html = Page { sections: vec![section], ..Default::default() }.html().unwrap();
    assert!(!html.contains("</script>a") && html.contains("\\u003c/script>a"));
    assert!(html.contains("<a href=\"runs/a%20b/report.html\">a</a>"));
    assert!(
        html.contains("<td class=\"number\" data-number=\"65\">1:05</td>") && html.contains("&#60;9 s&#62;")
    );
    let data = html.split("class=\"values\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["columns"][0]["shares"], serde_json::json!([0.0, 1.0, null]));
    assert_eq!(data["columns"][1]["texts"], serde_json::json!(["3.5", "1.5", "2.5"]));
    assert_eq!(data["marked"], serde_json::json!([0, 0, 1, 1, 2]), "five places on two axes");
    assert!(
        html.contains("table.sortable") && !page().html().unwrap().contains("table.sortable"),
        "the script"
    );
}

#[test]
fn a_page_of_large_photographs_stays_small() {
    // Noise is the worst there is to compress.
    let mut bits = 1_u32;
    let noise: Vec<f32> = (0..40 * 96 * 96 * 3)
        .map(|_| {
            bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (bits >> 8) as f32 / 16_777_216.0
        })
        .collect();
    let figure = report::ImageGrid::new(Images::new(&noise, [40, 96, 96, 3]).unwrap(), 10).draw().unwrap();
    let item = |i: usize| {
        PageItem::Figure(PageFigure {
            name: format!("noise-{i}"),
            figure: figure.clone(),
            caption: String::new(),
            thumbnails: None,
        })
    };
    let items: Vec<PageItem> = (0..2).map(item).collect();
    let page = |items: Vec<PageItem>| Page {
        sections: vec![PageSection { items, ..Default::default() }],
        ..Default::default()
    };
    let html = page(items).html().unwrap();
    assert!(html.len() < MOST_PAGE_BYTES && html.contains("data:image/jpeg"), "{} bytes", html.len());
    let caption = "x".repeat(MOST_PAGE_BYTES);
    let error = page(vec![PageItem::Table(PageTable { caption, ..Default::default() })]).html().unwrap_err();
    assert!(error.to_string().contains("at most 10000000 are allowed"), "{error}");
}
