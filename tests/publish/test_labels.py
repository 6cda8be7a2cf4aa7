"""Labels cover neither each other nor the points as long as there is room."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from toolkit.publish.labels import place_labels

FRAME = (0.0, 0.0, 1000.0, 1000.0)


def overlap(a, b):
    return np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))


def boxes(points, sizes, **options):
    corners = place_labels(points, sizes, frame=FRAME, **options)
    return np.hstack([corners, corners + np.asarray(sizes, dtype=float)])


def test_a_lone_label_goes_to_the_upper_right():
    assert boxes([(500, 500)], [(80, 20)], gap=6).tolist() == [[506, 506, 586, 526]]


def test_at_the_edge_it_turns_inwards():
    (box,) = boxes([(995, 995)], [(80, 20)])
    assert box[2] <= 1000
    assert box[3] <= 1000


def test_nothing_covers_an_obstacle():
    bar = np.array([506.0, 500.0, 700.0, 530.0])  # where the label would stand
    (box,) = boxes([(500, 500)], [(80, 20)], gap=6, obstacles=[bar])
    assert overlap(box, bar) == 0


def test_a_point_without_a_sign_bears_its_label():
    (box,) = boxes([(500, 500)], [(80, 20)], unmarked=True)
    assert box.tolist() == [460, 490, 540, 510]
    both = boxes([(500, 500), (505, 500)], [(80, 20)] * 2, unmarked=[True, False])
    assert overlap(*both) == 0


def test_neighbours_make_way():
    points = [(500 + 60 * step, 500) for step in range(5)]
    placed = boxes(points, [(80, 20)] * 5, gap=6)
    assert all(overlap(placed[i], placed[j]) == 0 for i in range(5) for j in range(i))


def test_a_label_does_not_hide_the_next_point():
    first, second = (500.0, 500.0), (520.0, 515.0)  # the second lies where the first would write
    (box, _) = boxes([first, second], [(80, 20), (10, 10)], gap=6)
    assert overlap(box, np.array([514.0, 509.0, 526.0, 521.0])) == 0


def test_a_label_goes_beside_a_line_rather_than_over_it():
    line = [(506 + 5 * step, 510) for step in range(20)]  # where the upper right label would be
    (box,) = boxes([(500, 500)], [(80, 20)], gap=6, lines=line)
    assert box.tolist() == [506, 474, 586, 494]


def test_a_label_is_not_as_near_to_another_point_as_to_its_own():
    # the second point lies just above where the first would write
    (box, _) = boxes([(500.0, 500.0), (550.0, 537.0)], [(80, 20), (10, 10)], gap=6)
    own, other = np.array([500.0, 500.0]), np.array([550.0, 537.0])
    away = [np.hypot(*(point - np.clip(point, box[:2], box[2:]))) for point in (own, other)]
    assert away[1] > 1.5 * away[0]


def test_no_points_no_labels():
    assert place_labels([], [], frame=FRAME).shape == (0, 2)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=20, unique=True)
)
def test_spaced_points_get_labels_inside_the_frame_without_overlap(cells):
    points = [(60 + 95 * x, 60 + 95 * y) for x, y in cells]
    placed = boxes(points, [(40, 15)] * len(points))
    assert (placed[:, :2] >= 0).all()
    assert (placed[:, 2:] <= 1000).all()
    assert sum(overlap(placed[i], placed[j]) for i in range(len(placed)) for j in range(i)) == 0
