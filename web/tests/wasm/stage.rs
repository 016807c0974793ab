//! The stage: cells with words, marks as shapes, arrow keys, and what is pointed at.

use std::cell::RefCell;
use std::rc::Rc;

use view::{Cell, CellId, Marks, NodeView, PageKind, PageRun, Pfn, Scene, Transition};
use wasm_bindgen_test::wasm_bindgen_test;
use web::msg::Msg;
use web::shared::Shared;
use web::stage::band::Band;
use web::stage::view::{Props, Stage};
use web::stage::{Drawing, Frame};
use web_sys::Element;
use yew::Callback;

use super::{all, mounted, one, press, turn};

fn scene() -> Scene {
    frames(20)
}

/// So many frames in use.
fn frames(count: u32) -> Scene {
    let cell = |n: u32| Cell {
        id: CellId::Frame(Pfn(n)),
        kind: PageKind::File,
        frame: Some(Pfn(n)),
        marks: if n == 1 {
            Marks::DIRTY | Marks::SHARED
        } else {
            Marks::empty()
        },
    };
    let node = NodeView {
        id: CellId::Node(0),
        number: 0,
        frames: u64::from(count),
        free: 0,
        runs: vec![PageRun::Cells((0..count).map(cell).collect())],
    };
    Scene {
        nodes: vec![node],
        ..Scene::default()
    }
}

type Heard = Rc<RefCell<Vec<Msg>>>;

async fn stage() -> (Element, Heard) {
    stage_of(scene(), None).await
}

async fn stage_of(scene: Scene, band: Option<Band>) -> (Element, Heard) {
    let heard = Heard::default();
    let hears = Rc::clone(&heard);
    let frame = Frame {
        width: 804,
        folded: [].into(),
        coarse: false,
    };
    let props = Props {
        drawing: Shared::new(Drawing::new(&scene, &frame)),
        band,
        scene: Shared::new(scene),
        former: Shared::default(),
        transition: Shared::new(Transition::default()),
        score: None,
        selected: None,
        shown: None,
        actions: Shared::default(),
        folded: [].into(),
        tables: true,
        on: Callback::from(move |msg| hears.borrow_mut().push(msg)),
    };
    let root = mounted(|root| {
        yew::Renderer::<Stage>::with_root_and_props(root, props).render();
    })
    .await;
    (root, heard)
}

#[wasm_bindgen_test]
async fn cells_say_what_they_show() {
    let (root, _) = stage().await;
    let dirty = one(&root, "#frame-1");
    let label = dirty.get_attribute("aria-label");
    assert_eq!(
        label.as_deref(),
        Some("frame 1, file, mapped by several, dirty")
    );
    assert_eq!(all(&dirty, ".corner, .double").len(), 2);
    assert_eq!(all(&one(&root, "#frame-2"), ".corner, .double").len(), 0);
    let told = all(&root, ".tables tr td").len();
    assert!(told >= 60, "the table tells the same: {told}");
}

#[wasm_bindgen_test]
async fn arrow_keys_move_within_a_lane() {
    let (root, heard) = stage().await;
    press(&one(&root, "#frame-1"), "ArrowRight").await;
    press(&one(&root, "#frame-1"), "Enter").await;
    let heard = heard.borrow();
    assert!(
        heard
            .iter()
            .any(|msg| matches!(msg, Msg::Focus(id) if id == "frame-2"))
    );
    let selected = CellId::Frame(Pfn(1));
    assert!(
        heard
            .iter()
            .any(|msg| matches!(msg, Msg::Select(Some(id)) if *id == selected))
    );
}

#[wasm_bindgen_test]
async fn one_item_of_a_lane_is_reached_by_tab() {
    let (root, _) = stage().await;
    assert_eq!(all(&root, "[aria-label=RAM] [tabindex='0']").len(), 1);
}

#[wasm_bindgen_test]
async fn of_a_large_lane_what_is_near_is_drawn_and_both_ends() {
    let (root, _) = stage_of(frames(5000), Some(Band::around(3000, 400))).await;
    let grid = one(&root, "[aria-label=RAM]");
    let rows = all(&grid, "[role=row]");
    assert!(rows.len() > 20 && rows.len() < 60, "{} rows", rows.len());
    let count = grid.get_attribute("aria-rowcount");
    assert_eq!(
        rows.last()
            .and_then(|row| row.get_attribute("aria-rowindex")),
        count
    );
    assert!(all(&grid, "#node-0").len() == 1 && all(&grid, "#frame-4999").len() == 1);
    assert!(all(&grid, "#frame-100").is_empty());
}

#[wasm_bindgen_test]
async fn what_holds_the_frame_lights_up() {
    let (root, _) = stage().await;
    let init = web_sys::PointerEventInit::new();
    init.set_bubbles(true);
    let event = web_sys::PointerEvent::new_with_event_init_dict("pointerover", &init);
    let frame = one(&root, "#frame-3");
    frame
        .dispatch_event(&event.expect("an event"))
        .expect("a listener");
    turn().await;
    assert_eq!(all(&root, ".overlay .held").len(), 1);
    assert!(super::text(&root, ".pointed").starts_with("frame 3"));
}
