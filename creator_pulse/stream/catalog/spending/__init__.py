"""What viewers spend, whether within their caps, and the coins that they buy for it: SP metrics and alerts.

It may import declaration and the measures of the tools.
It never declares a measure.
"""
