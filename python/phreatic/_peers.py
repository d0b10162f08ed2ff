# SPDX-License-Identifier: BSD-3-Clause
"""Objects of hydropandas and pastas as plain pandas. Neither is imported: what they can do is asked of them."""

from phreatic._errors import problem


def is_pastas_model(value) -> bool:
    return hasattr(value, "oseries") and hasattr(value, "stressmodels")


def pastas_models(heads):
    """{well: model} of one pastas model, a list or a dict of them; None where it is something else."""
    if is_pastas_model(heads):
        heads = [heads]
    if isinstance(heads, (list, tuple)) and heads and all(map(is_pastas_model, heads)):
        named = [str(model.name or model.oseries.name) for model in heads]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise problem("heads", f"have two models of the name '{twice[0]}'", mend="Give a dict: {name: model}")
        return dict(zip(named, heads, strict=True))
    if isinstance(heads, dict) and heads and all(map(is_pastas_model, heads.values())):
        return {str(name): model for name, model in heads.items()}
    return None


def heads_of_models(models):
    """{well: Series} as the models were given them."""
    return {name: model.oseries.series_original for name, model in models.items()}


def _stresses(name, stress_model):
    """(column, Series) of each stress of a stress model."""
    roles = [(column, getattr(stress_model, role, None))
             for role, column in (("prec", "precipitation"), ("evap", "pet"), ("temp", "temperature"))]  # fmt: skip
    if roles[0][1] is not None:
        return [(column, stress.series_original) for column, stress in roles if stress is not None]
    stresses = list(getattr(stress_model, "stresses", None) or [])
    if len(stresses) == 1:
        return [(name, stresses[0].series_original)]
    return [(f"{name}_{stress.name}", stress.series_original) for stress in stresses]


def drivers_of_models(models):
    """{well: DataFrame} of the stresses as the models were given them.

    Columns: precipitation, pet and temperature of recharge models; the stress model's name of the others. Stress models
    without series (steps, trends) are refused: a network has no input for them.
    """
    import pandas

    out = {}
    for well, model in models.items():
        columns = {}
        for name, stress_model in model.stressmodels.items():
            found = _stresses(name, stress_model)
            if not found:
                raise problem(f"well '{well}'", f"its stress model '{name}' has no series", mend="Delete it from the model, "
                              "or give drivers= yourself")  # fmt: skip
            for column, series in found:
                if column in columns:
                    raise problem(f"well '{well}'", f"two stress models give '{column}'", mend="Give drivers= yourself")
                columns[column] = series
        if not columns:
            raise problem(f"well '{well}'", "its pastas model has no stress model", mend="Give drivers=")
        out[well] = pandas.concat(columns, axis=1).sort_index()
    return out


def is_observation(value) -> bool:
    """One observation well of hydropandas: a table with the place and the kind as attributes."""
    return hasattr(value, "columns") and hasattr(value, "to_collection_dict") and "obs" not in value.columns


def is_collection(value) -> bool:
    """An ObsCollection of hydropandas: a table whose column ``obs`` holds the observations."""
    return hasattr(value, "columns") and "obs" in value.columns and value["obs"].map(is_observation).all()


def heads_of_observations(value):
    """{well: Series}: the first column of numbers of each observation, in metres."""
    observations = list(value["obs"]) if is_collection(value) else [value]
    out = {}
    for one in observations:
        name = str(one.name)
        columns = one.select_dtypes("number").columns
        if len(columns) == 0:
            raise problem(f"heads of well '{name}'", "have no column of numbers")
        unit = str(getattr(one, "unit", "") or "").split()
        if unit and unit[0].lower() != "m":
            raise problem(f"heads of well '{name}'", f"are in '{one.unit}'", allowed="m", mend="Give Series and unit=")
        if name in out:
            raise problem("heads", f"have the well '{name}' twice")
        out[name] = one[columns[0]].astype(float)
    return out
