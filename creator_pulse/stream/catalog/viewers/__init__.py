"""How long viewers watch, and what ads do to them: VX metrics, their measures and alerts.

It may import declaration.
It never sums another topic than watch.
"""
