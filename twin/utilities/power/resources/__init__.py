"""What feeds in, stores and draws beside the grid's own file: `resources.csv`.

Each row becomes an element of the net before it is compiled: a static generator, a storage or a load. So
it is built, held out and cut off like any other. Its power at each step is given like that of a time series;
only batteries are controlled while the grid is solved.
"""
