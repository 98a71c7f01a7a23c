"""The north star: N metrics and their alerts, of measures that other rooms have.

It may import declaration and the measures of creators.
It never declares a measure.
"""
