"""The layers of a cluster's GeoPackage: names, geometry, columns and their aliases. A contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["COLUMNS", "GROUPS", "LAYERS", "Column", "Layer", "column_alias"]


@dataclass(frozen=True)
class Column:
    """What a column holds: its kind, its name in two languages and its unit.

    Attributes
    ----------
    kind : str
        'text', 'integer', 'real', 'boolean', or '' where the data decide.
    name_zh, name_en : str
        Shown by QGIS in place of the column name.
    unit : str
        Unit as printed, '' for none.
    """

    kind: str
    name_zh: str
    name_en: str
    unit: str = ""


@dataclass(frozen=True)
class Layer:
    """One layer: its geometry, its names and the columns that must be there.

    Attributes
    ----------
    geometry : str
        'Point', 'LineString', 'MultiPolygon', '' where the data decide, 'none' for a plain table.
    group : str
        Key of `GROUPS`, where a QGIS project shows it.
    name_zh, name_en, description : str
        Written to the table of contents of the GeoPackage.
    keys : tuple of str
        The columns that must be there; more may be.
    """

    geometry: str
    group: str
    name_zh: str
    name_en: str
    description: str
    keys: tuple[str, ...] = ()


GROUPS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "places": ("城市与车站", "Cities and stations"),
        "claims": ("论断核查", "Claims"),
        "rail": ("铁路", "Rail"),
        "reach": ("可达范围", "Reach"),
        "roads": ("公路", "Roads"),
        "structure": ("城市群结构", "Structure"),
        "borders": ("边界与瓶颈", "Borders and bottlenecks"),
        "rasters": ("栅格", "Rasters"),
        "areas": ("行政区", "Areas"),
        "other": ("其他", "Other"),
    }
)
"""Groups of a QGIS project, uppermost first: (Chinese, English)."""


def _layer(geometry: str, group: str, names: str, description: str, keys: str = "") -> Layer:
    """Read one line of the table below."""
    name_zh, name_en = names.split(" ", 1)
    return Layer(geometry, group, name_zh, name_en, description, tuple(keys.split()))


LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        "prefectures": _layer(
            "MultiPolygon",
            "areas",
            "地级行政区 Prefectures",
            "Prefecture-level members of the cluster.",
            "adcode name_zh name_en residents residents_year area_km2 is_core",
        ),
        "cities": _layer(
            "Point",
            "places",
            "城市 Cities",
            "The seat that stands for each city; minutes from the leading core by one definition.",
            "adcode name_zh name_en residents is_core",
        ),
        "stations": _layer(
            "Point",
            "places",
            "车站 Stations",
            "Railway stations and the trains that call at them.",
            "station_id name_zh name_en adcode trains_per_day is_main",
        ),
        "rail_services": _layer(
            "LineString",
            "rail",
            "直达列车 Rail services",
            "Direct trains between two stations, as straight lines.",
            "from_id to_id from_zh to_zh timetable_date trains_per_day fastest_min median_min "
            "fastest_train",
        ),
        "roads": _layer(
            "LineString",
            "roads",
            "公路 Roads",
            "Road network; times without traffic unless the metadata say otherwise.",
            "edge_id u v highway ref name length_m time_s speed_kmh lanes oneway source schematic",
        ),
        "road_centrality": _layer(
            "LineString", "roads", "路段中心性 Road centrality", "One column a measure."
        ),
        "node_centrality": _layer(
            "Point", "roads", "节点中心性 Node centrality", "One column a measure."
        ),
        "reach": _layer(
            "MultiPolygon",
            "reach",
            "可达范围 Reach",
            "What can be reached from a core city within a number of minutes, by definition.",
            "core_adcode core_zh definition minutes statistic window timetable_date scenario "
            "area_km2 population",
        ),
        "reach_overlaps": _layer(
            "MultiPolygon",
            "reach",
            "重叠圈层 Overlaps of circles",
            "Land, people and cities within some minutes of both of two core cities.",
            "core_adcode core_zh other_adcode other_zh definition minutes statistic window "
            "timetable_date area_km2 population cities_zh",
        ),
        "city_times": _layer(
            "LineString",
            "reach",
            "城际时间 City times",
            "Travel time from a core city to each city, drawn as a straight line.",
            "core_adcode core_zh city_adcode city_zh definition station_set statistic window "
            "timetable_date minutes within_45 within_60 within_75 within_90 itinerary",
        ),
        "claims": _layer(
            "MultiPolygon",
            "claims",
            "论断 Claims",
            "Checked statements, drawn on the place they speak of.",
            "claim_id statement_en statement_zh outcome margin stability definition evidence "
            "timetable_date source",
        ),
        "clusters": _layer(
            "MultiPolygon",
            "structure",
            "城市群 City clusters",
            "Reach, sizes and links of each cluster, by the newest timetable.",
            "slug name_zh name_en timetable_date cities cores residents p_sf",
        ),
        "accessibility": _layer(
            "Point",
            "structure",
            "城市可达性 Accessibility of cities",
            "What each city reaches door to door, by the newest timetable and the residents.",
            "adcode name_zh name_en timetable_date potential weighted_average_min "
            "daily_people people_nearby performance",
        ),
        "station_accessibility": _layer(
            "Point",
            "structure",
            "车站可达性 Accessibility of stations",
            "What each station reaches from its platform, by the newest timetable.",
            "station_id name_zh name_en adcode timetable_date potential "
            "weighted_average_min daily_people",
        ),
        "cell_accessibility": _layer(
            "MultiPolygon",
            "structure",
            "格网可达性 Accessibility of cells",
            "What one reaches door to door from each cell, by the newest timetable.",
            "cell timetable_date potential weighted_average_min daily_people people_nearby "
            "performance",
        ),
        "links": _layer(
            "LineString",
            "structure",
            "城际列车联系 Links by train",
            "Direct trains a day between cities, both ways, and the community of their ends.",
            "from_adcode from_zh to_adcode to_zh trains_per_day community",
        ),
        "communities": _layer(
            "Point",
            "structure",
            "社群 Communities",
            "Communities that the direct trains form (Leiden).",
            "adcode name_zh name_en community strength dominance",
        ),
        "scenario_links": _layer(
            "LineString",
            "structure",
            "情景新线 New links",
            "Links that the scenarios add.",
            "scenario name_zh name_en",
        ),
        "scenario_times": _layer(
            "LineString",
            "structure",
            "情景节省时间 Minutes saved",
            "Pairs of cities that a scenario brings nearer, door to door.",
            "scenario from_adcode from_zh to_adcode to_zh before_min after_min saved_min",
        ),
        "scenario_cities": _layer(
            "Point",
            "structure",
            "情景前后城市 Cities before and after",
            "Times, residents within an hour, efficiency, potential and dominance of each city.",
            "scenario adcode name_zh name_en mean_min_change residents_change efficiency_change "
            "potential_change dominance_change",
        ),
        "scenario_reach": _layer(
            "MultiPolygon",
            "structure",
            "情景可达变化 Reach before and after",
            "Land within minutes of a core before and after a scenario: kept, gained, lost.",
            "core_adcode core_zh core_en definition minutes land area_km2 population",
        ),
        "borders": _layer(
            "",
            "borders",
            "边界 Borders",
            "Borders between members: roads that cross, detours, what crossing costs.",
            "border name_zh name_en between_provinces length_km crossings_per_10_km detour_ratio "
            "cost_min schematic",
        ),
        "placebo_lines": _layer(
            "",
            "borders",
            "省界与安慰剂线 Borders and placebo lines",
            "Borders between provinces and lines beside them: roads that cross, dead ends near.",
            "kind provinces_zh provinces_en side_zh distance_km length_km crossings_per_10_km "
            "dead_ends_per_100_km dead_ends_closed_per_100_km",
        ),
        "dead_ends": _layer(
            "Point",
            "borders",
            "断头路 Dead ends",
            "Where main roads end: ends that face another across a gap of the data told apart.",
            "node road_class near_border kind",
        ),
        "cooperation_zones": _layer(
            "MultiPolygon",
            "borders",
            "跨界协作区 Cooperation zones",
            "Counties that cooperate across borders of provinces, and whether they are neighbours.",
            "name_zh name_en members parts pairs_across km_across pivotal source",
        ),
        "border_links": _layer(
            "LineString",
            "borders",
            "跨界缺失通道 Missing border links",
            "Straight lines where a new road across a border would save most time.",
            "rank provinces_zh name_zh name_en length_km link_min now_min saved_min "
            "saved_in_turn_min",
        ),
        "bottlenecks": _layer(
            "LineString",
            "borders",
            "瓶颈路段 Bottlenecks",
            "Roads whose closure costs the journeys between cities most.",
            "rank share_using share_cut_off mean_extra_min",
        ),
        "vital_stations": _layer(
            "Point",
            "borders",
            "不可或缺的车站 Vital stations",
            "Stations whose loss costs the journeys between cities most.",
            "rank station_id name_zh name_en share_using share_cut_off mean_extra_min",
        ),
        "vital_services": _layer(
            "LineString",
            "borders",
            "不可或缺的直达列车 Vital services",
            "Pairs of stations whose direct trains journeys between cities would miss most.",
            "rank from_id to_id from_zh to_zh fastest_min share_using share_cut_off mean_extra_min",
        ),
        "narrowings": _layer(
            "Point",
            "borders",
            "道路收窄处 Narrowings",
            "Where a through route loses lanes or class, weighted by betweenness.",
            "node from_class to_class class_drop lane_drop betweenness",
        ),
        "corridors": _layer("", "borders", "走廊 Corridors", "Corridors between cities."),
        "metadata": _layer(
            "none",
            "other",
            "元数据 Metadata",
            "Versions, parameters, data dates and licences.",
            "key value",
        ),
    }
)
"""The layers in the order they are written. Names and keys are a contract with the users."""


def _columns(table: str) -> dict[str, Column]:
    """Read the table below: column | kind | Chinese | English | unit."""
    rows = (tuple(cell.strip() for cell in line.split("|")) for line in table.strip().splitlines())
    return {name: Column(kind, zh, en, unit) for name, kind, zh, en, unit in rows}


COLUMNS: Mapping[str, Column] = MappingProxyType(
    _columns("""
    adcode          | text    | 行政区划代码   | Administrative code       |
    name_zh         | text    | 中文名         | Chinese name              |
    name_en         | text    | 英文名         | English name              |
    residents       | integer | 常住人口       | Residents                 | persons
    residents_year  | integer | 人口年份       | Year of residents         |
    residents_source| text    | 人口来源       | Source of residents       |
    membership      | text    | 成员类型       | Membership                |
    area_km2        | real    | 面积           | Area                      | km²
    is_core         | boolean | 是否核心城市   | Core city                 |
    station_id      | text    | 车站代码       | Station code              |
    trains_per_day  | integer | 每日列车数     | Trains per day            | 1/d
    is_main         | boolean | 是否主要车站   | Main station              |
    from_id         | text    | 起点站代码     | From station code         |
    to_id           | text    | 终点站代码     | To station code           |
    from_zh         | text    | 起点站         | From station              |
    to_zh           | text    | 终点站         | To station                |
    train_class     | text    | 列车类别       | Train class               |
    timetable_date  | text    | 时刻表日期     | Timetable date            |
    fastest_min     | integer | 最快           | Fastest                   | min
    median_min      | real    | 中位数         | Median                    | min
    fastest_train   | text    | 最快车次       | Fastest train             |
    first_departure | text    | 首班           | First departure           |
    last_departure  | text    | 末班           | Last departure            |
    edge_id         |         | 路段编号       | Edge number               |
    u               | integer | 起点节点       | From node                 |
    v               | integer | 终点节点       | To node                   |
    highway         | text    | 公路等级       | Road class                |
    ref             | text    | 编号           | Road number               |
    name            | text    | 名称           | Name                      |
    length_m        | real    | 长度           | Length                    | m
    time_s          | real    | 时间           | Time                      | s
    speed_kmh       | real    | 速度           | Speed                     | km/h
    lanes           |         | 车道数         | Lanes                     |
    oneway          |         | 单向           | One way                   |
    source          | text    | 来源           | Source                    |
    schematic       | boolean | 示意           | Schematic                 |
    betweenness     | real    | 中介中心性     | Betweenness               |
    share_of_pairs  | real    | 占节点对比例   | Share of pairs            |
    closeness       | real    | 接近中心性     | Closeness                 | 1/s
    harmonic        | real    | 调和接近中心性 | Harmonic closeness        | 1/s
    straightness    | real    | 直达中心性     | Straightness              | m/s
    information     | real    | 信息中心性     | Information               |
    core_adcode     | text    | 核心城市代码   | Core city code            |
    core_zh         | text    | 核心城市       | Core city                 |
    core_en         | text    | 核心城市英文名 | Core city (English)       |
    other_adcode    | text    | 另一核心城市代码 | Other core city code    |
    other_zh        | text    | 另一核心城市   | Other core city           |
    other_en        | text    | 另一核心城市英文名 | Other core city (English) |
    cities_zh       | text    | 圈内城市       | Cities inside             |
    cities_en       | text    | 圈内城市英文名 | Cities inside (English)   |
    city_adcode     | text    | 城市代码       | City code                 |
    city_zh         | text    | 城市           | City                      |
    city_en         | text    | 城市英文名     | City (English)            |
    definition      | text    | 定义           | Definition                |
    station_set     | text    | 车站范围       | Station set               |
    statistic       | text    | 统计量         | Statistic                 |
    minutes         | real    | 时间           | Time                      | min
    window          | text    | 出发时段       | Departure window          |
    scenario        | text    | 情景           | Scenario                  |
    population      | real    | 人口           | Population                | persons
    performance     | real    | 人口可达比     | Reached over nearby people |
    population_source | text  | 人口来源       | Population source |
    potential       | real    | 潜力可达性     | Potential accessibility   |
    people_45       | real    | 45分钟可达人口 | People within 45 minutes  | persons
    people_60       | real    | 60分钟可达人口 | People within 60 minutes  | persons
    people_75       | real    | 75分钟可达人口 | People within 75 minutes  | persons
    people_90       | real    | 90分钟可达人口 | People within 90 minutes  | persons
    daily_people    | real    | 一日可达人口   | People within a day's return | persons
    people_nearby   | real    | 邻近人口       | People nearby             | persons
    weighted_average_min | real | 加权平均时间 | Weighted average time     | min
    cell            | text    | 格网单元       | Cell                      |
    community       | text    | 社群           | Community                 |
    strength        | real    | 联系强度       | Strength                  |
    dominance       | real    | 优势度         | Dominance                 |
    node_symmetry   | real    | 到发对称性     | Symmetry of in and out    |
    link_symmetry   | real    | 方向对称性     | Symmetry of directions    |
    relative_strength | real  | 相对强度       | Relative strength         |
    top_dominance   | real    | 最高优势度     | Largest dominance         |
    p_gf            | real    | 一般功能多中心性 | General functional polycentricity P_GF |
    functions       | integer | 网络数         | Networks                  |
    internal        | real    | 群内联系       | Links inside              |
    external        | real    | 对外联系       | Links to the outside      |
    external_share  | real    | 对外联系占比   | Share of links to the outside |
    slope_top_2_to_4 | real   | 前2至4位斜率均值 | Slope, mean of top 2 to 4 |
    unit            | text    | 单位           | Unit                      |
    network         | text    | 联系网络       | Network                   |
    places          | integer | 城市数         | Cities                    |
    linked_pairs    | integer | 有联系的城市对 | Linked pairs              |
    interaction_entropy | real | 联系熵        | Interaction entropy       |
    exponent        | real    | 位序规模指数   | Rank-size exponent        |
    standard_error  | real    | 标准误         | Standard error            |
    top_city_en     | text    | 首位城市英文名 | Top city (English)        |
    axis            | text    | 轴线           | Axis                      |
    kind            | text    | 类别           | Kind                      |
    placebo         | boolean | 安慰剂轴线     | Placebo                   |
    length_km       | real    | 长度           | Length                    | km
    width_m         | real    | 宽度           | Width                     | m
    residents_share | real    | 人口占比       | Share of residents        |
    betweenness_share | real  | 流量占比       | Share of flow             |
    residents_share_over_placebo | real | 人口密度与安慰剂轴之比 | Residents over placebo |
    betweenness_share_over_placebo | real | 流量密度与安慰剂轴之比 | Flow over placebo |
    scenario_zh     | text    | 情景名称       | Scenario (Chinese)        |
    scenario_en     | text    | 情景英文名     | Scenario (English)        |
    from_adcode     | text    | 起点代码       | From code                 |
    to_adcode       | text    | 终点代码       | To code                   |
    from_en         | text    | 起点英文名     | From (English)            |
    to_en           | text    | 终点英文名     | To (English)              |
    before_min      | real    | 之前           | Before                    | min
    after_min       | real    | 之后           | After                     | min
    saved_min       | real    | 节省           | Saved                     | min
    measure_zh      | text    | 指标           | Measure                   |
    before          | real    | 之前           | Before                    |
    after           | real    | 之后           | After                     |
    change          | real    | 变化           | Change                    |
    mean_min_before | real | 之前平均时间 | Mean time, before | min
    mean_min_after | real | 之后平均时间 | Mean time, after | min
    mean_min_change | real | 变化平均时间 | Mean time, change | min
    residents_before | real | 之前一小时可达居民 | Residents within an hour, before | persons
    residents_after | real | 之后一小时可达居民 | Residents within an hour, after | persons
    residents_change | real | 变化一小时可达居民 | Residents within an hour, change | persons
    efficiency_before | real | 之前效率 | Efficiency, before | 1/min
    efficiency_after | real | 之后效率 | Efficiency, after | 1/min
    efficiency_change | real | 变化效率 | Efficiency, change | 1/min
    potential_before | real | 之前潜力 | Potential, before |
    potential_after | real | 之后潜力 | Potential, after |
    potential_change | real | 变化潜力 | Potential, change |
    dominance_before | real | 之前优势度 | Dominance, before |
    dominance_after | real | 之后优势度 | Dominance, after |
    dominance_change | real | 变化优势度 | Dominance, change |
    land            | text    | 可达变化       | Before and after          |
    area_before_km2 | real    | 之前面积       | Area before               | km²
    area_after_km2  | real    | 之后面积       | Area after                | km²
    people_before   | real    | 之前人口       | People before             | persons
    people_after    | real    | 之后人口       | People after              | persons
    fastest_before_min | real | 之前最快列车   | Fastest train before      | min
    fastest_after_min  | real | 之后最快列车   | Fastest train after       | min
    km              | real    | 里程           | Distance over the line    | km
    line_speed_kmh  | real    | 线路速度       | Line speed                | km/h
    speed_needed_kmh | real   | 一小时所需速度 | Line speed for the hour   | km/h
    slug            | text    | 城市群代码     | Cluster                   |
    cities          | integer | 城市数         | Cities                    |
    cores           | integer | 核心城市数     | Core cities               |
    p_sf            | real    | 功能多中心性   | Polycentricity P_SF |
    evenness        | real    | 均衡度         | Evenness                  |
    density         | real    | 网络密度       | Density                   |
    rank_size_slope | real    | 位序规模斜率   | Rank-size slope           |
    primacy         | real    | 首位度         | Primacy P1/P2             |
    entropy         | real    | 熵             | Entropy                   |
    top_city_zh     | text    | 列车最多的城市 | City with most trains     |
    top_city_share  | real    | 首位城市列车占比 | Share of trains that touch it |
    within_45       | boolean | 45分钟内       | Within 45 minutes         |
    within_60       | boolean | 60分钟内       | Within 60 minutes         |
    within_75       | boolean | 75分钟内       | Within 75 minutes         |
    within_90       | boolean | 90分钟内       | Within 90 minutes         |
    is_leading      | boolean | 主口径         | Leading statistic         |
    departures      | integer | 可赶班次数     | Departures to catch       |
    share_within_45 | real    | 45分钟内出发占比 | Departures within 45 minutes |
    share_within_60 | real    | 60分钟内出发占比 | Departures within 60 minutes |
    share_within_75 | real    | 75分钟内出发占比 | Departures within 75 minutes |
    share_within_90 | real    | 90分钟内出发占比 | Departures within 90 minutes |
    from_station_zh | text    | 上车站         | Boarding station          |
    to_station_zh   | text    | 下车站         | Alighting station         |
    itinerary       | text    | 行程           | Itinerary                 |
    access_min      | real    | 进站时间       | Access                    | min
    waiting_min     | real    | 候车时间       | Waiting and boarding      | min
    ride_min        | real    | 乘车时间       | On the train              | min
    change_min      | real    | 换乘时间       | Change                    | min
    egress_min      | real    | 出站时间       | Egress                    | min
    road_min        | real    | 全程驾车       | Driving all the way       | min
    border          | text    | 边界           | Border                    |
    between_provinces | boolean | 省界         | Between provinces         |
    crossings       | real    | 跨界道路数     | Roads across              |
    crossings_per_10_km | real | 跨界密度 | Roads per 10 km |
    detour_ratio    | real    | 跨界绕行比     | Detour across over detour beside |
    cost_min        | real    | 跨界时间代价   | Time crossing costs       | min
    dead_ends_per_100_km | real | 断头路密度   | Dead ends per 100 km of road |
    dead_ends_closed_per_100_km | real | 接通断口后断头路密度 | Dead ends, gaps of data closed |
    members         | integer | 成员数         | Members                   |
    members_zh      | text    | 成员           | Members by name           |
    parts           | integer | 片数           | Pieces                    |
    groups          | integer | 涉及省份数     | Provinces in it           |
    pairs           | integer | 相邻成员对     | Neighbouring pairs        |
    pairs_across    | integer | 跨省相邻成员对 | Neighbouring pairs across provinces |
    km_across       | real    | 跨省共同边界   | Common border of provinces | km
    provinces_joined | boolean | 跨省相接      | Provinces joined          |
    pivotal         | text    | 关键成员       | Members it hangs on       |
    alone           | text    | 孤立成员       | Members apart             |
    side_zh         | text    | 所在省份       | Province (Chinese)        |
    side_en         | text    | 所在省份英文名 | Province                  |
    distance_km     | real    | 距边界         | Distance to the border    | km
    road_class      | text    | 道路等级       | Class of road             |
    near_border     | boolean | 临近省界       | Near a border of provinces |
    observed        | real    | 边界处         | At the border             |
    placebo_mean    | real    | 安慰剂线均值   | Mean of placebo lines     |
    placebo_ratio   | real    | 与安慰剂线之比 | Times the placebo mean    |
    share_as_high   | real    | 不低于此的线占比 | Share of lines as high  |
    lines           | integer | 安慰剂线数     | Placebo lines             |
    density_a       | real    | 首侧边界密度   | Density, first side       | 1/km²
    density_b       | real    | 次侧边界密度   | Density, second side      | 1/km²
    density_jump    | real    | 密度跃变       | Jump of density           | 1/km²
    density_jump_error | real | 跃变标准误     | Standard error of the jump | 1/km²
    density_jump_size | real  | 密度跃变幅度   | Size of the jump of density | 1/km²
    rank            | integer | 排名           | Rank                      |
    length_km       | real    | 长度           | Length                    | km
    provinces_zh    | text    | 相邻省份       | Provinces (Chinese)       |
    provinces_en    | text    | 相邻省份英文名 | Provinces                 |
    straight_km     | real    | 直线距离       | Straight distance         | km
    link_min        | real    | 新路时间       | Time by the link          | min
    now_min         | real    | 现状时间       | Time now                  | min
    ratio           | real    | 现状与新路之比 | Time now over time by the link |
    saved_min_per_km | real   | 每公里节省     | Saved per km              | min/km
    saved_in_turn_min | real  | 依次建设节省   | Saved in turn             | min
    share_using     | real    | 经过的出行比例 | Share of journeys using it |
    share_cut_off   | real    | 中断的出行比例 | Share of journeys cut off |
    mean_extra_min  | real    | 失去的代价 | Extra if lost | min
    nodes           | integer | 节点数         | Nodes                     |
    links           | integer | 连接数         | Links                     |
    components      | integer | 连通部分数     | Parts                     |
    cyclomatic      | integer | 独立回路数     | Independent circuits      |
    alpha           | real    | α指数          | Alpha                     |
    beta            | real    | β指数          | Beta                      |
    gamma           | real    | γ指数          | Gamma                     |
    mean_degree     | real    | 平均节点度     | Mean degree               |
    dead_ends       | integer | 断头节点数     | Dead ends                 |
    detour_index    | real    | 绕行指数       | Detour index              |
    node            | integer | 节点           | Node                      |
    from_class      | text    | 收窄前等级     | Class before              |
    to_class        | text    | 收窄后等级     | Class after               |
    class_drop      | integer | 等级下降       | Steps of class lost       |
    lane_drop       | real    | 车道减少       | Lanes lost                |
    claim_id        | text    | 论断编号       | Claim number              |
    statement_en    | text    | 论断英文       | Statement (English)       |
    statement_zh    | text    | 论断           | Statement (Chinese)       |
    outcome         | text    | 结论           | Outcome                   |
    margin          |         | 余量           | Margin                    |
    stability       |         | 稳定性         | Stability                 |
    drawn           | text    | 抽样对象       | Drawn for stability       |
    evidence        | text    | 证据           | Evidence                  |
    key             | text    | 项目           | Key                       |
    value           | text    | 内容           | Value                     |
    """)
)
"""What the columns mean, wherever they occur."""


def column_alias(name: str) -> str:
    """Return what QGIS shows in place of a column name: Chinese, English and the unit.

    Parameters
    ----------
    name : str
        Column name; an unknown one is its own alias.

    Returns
    -------
    str
        The alias.

    Examples
    --------
    >>> column_alias("length_m"), column_alias("flow")
    ('长度 Length [m]', 'flow')
    """
    column = COLUMNS.get(name)
    if column is None:
        return name
    unit = f" [{column.unit}]" if column.unit else ""
    return f"{column.name_zh} {column.name_en}{unit}"
