"""What all tests share: how long hypothesis looks for a counterexample."""

from hypothesis import HealthCheck, settings

_SLOW_MACHINE = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]

settings.register_profile("quick", max_examples=20, deadline=None, suppress_health_check=_SLOW_MACHINE)
settings.register_profile("thorough", max_examples=500, deadline=None, suppress_health_check=_SLOW_MACHINE)
settings.load_profile("quick")
